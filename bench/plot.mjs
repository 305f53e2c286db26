#!/usr/bin/env node
// Draws what `npm run bench -- --json figures.json` kept: each work as a share of the rebuild beside its bar, and all in
// seconds. SVG, in docs/ unless another folder is given.
//
//   node bench/plot.mjs figures.json [folder]
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as vega from 'vega';
import { compile } from 'vega-lite';
import { summary } from './suite/figures.mjs';

const [file, folder = 'docs'] = process.argv.slice(2);
if (file === undefined) {
  console.error('usage: node bench/plot.mjs figures.json [folder]');
  process.exit(2);
}
const { rows, rival, works, contenders } = JSON.parse(readFileSync(file, 'utf8'));
const full = summary(rival);
const config = { background: 'white', axis: { labelLimit: 320 }, font: 'sans-serif' };
const size = { width: 420, height: { step: 22 } };
const order = (list) => list.map(({ title }) => title);

await draw('benchmarks-ratios.svg', {
  ...size,
  title: `marquee as a share of a full rebuild by a DuckDB script, ${rows.toLocaleString('en')} films`,
  data: {
    values: works.map(({ title, bar, runs }) => {
      const share = summary(runs).median / full.median;
      return {
        title,
        bar: bar ?? null,
        share,
        verdict: bar === undefined ? 'no bar' : share <= bar ? 'met' : 'missed',
      };
    }),
  },
  encoding: { y: { field: 'title', type: 'nominal', sort: order(works), title: null } },
  layer: [
    {
      mark: { type: 'bar', height: 14 },
      encoding: {
        x: {
          field: 'share',
          type: 'quantitative',
          title: 'share of the rebuild (median of runs); tick: the bar',
        },
        color: {
          field: 'verdict',
          type: 'nominal',
          scale: { domain: ['met', 'missed', 'no bar'], range: ['#4c78a8', '#e45756', '#bab0ac'] },
          title: 'bar',
        },
      },
    },
    {
      mark: { type: 'tick', thickness: 3, size: 20, color: 'black' },
      encoding: { x: { field: 'bar', type: 'quantitative' } },
    },
  ],
});

const all = [
  ...works.map((one) => ({ ...one, who: 'marquee' })),
  ...contenders.map((one) => ({ ...one, who: 'contender' })),
];
await draw('benchmarks-seconds.svg', {
  ...size,
  title: `Whole processes, ${rows.toLocaleString('en')} films: median, and from the fastest to the slowest run`,
  data: { values: all.map(({ title, who, runs }) => ({ title, who, ...summary(runs) })) },
  encoding: { y: { field: 'title', type: 'nominal', sort: order(all), title: null } },
  layer: [
    {
      mark: { type: 'bar', height: 14 },
      encoding: {
        x: { field: 'median', type: 'quantitative', title: 'seconds' },
        color: {
          field: 'who',
          type: 'nominal',
          scale: { domain: ['marquee', 'contender'], range: ['#4c78a8', '#bab0ac'] },
          title: null,
        },
      },
    },
    {
      mark: { type: 'rule', color: 'black' },
      encoding: { x: { field: 'min', type: 'quantitative' }, x2: { field: 'max' } },
    },
  ],
});

async function draw(name, spec) {
  const view = new vega.View(vega.parse(compile({ ...spec, config }).spec), { renderer: 'none' });
  writeFileSync(path.join(folder, name), `${await view.toSVG()}\n`);
  console.error(path.join(folder, name));
}
