import path from 'node:path';

/** Where things stand below a root. */
export function workspacePaths(root: string): {
  raw: string;
  curated: string;
  state: string;
  warehouse: string;
  versions: string;
  templates: string;
  temp: string;
} {
  const own = path.join(root, '.marquee');
  return {
    raw: path.join(root, 'raw'),
    curated: path.join(root, 'curated_data'),
    state: path.join(own, 'state.sqlite'),
    warehouse: path.join(own, 'warehouse.duckdb'),
    versions: path.join(own, 'versions'),
    templates: path.join(own, 'templates'),
    temp: path.join(own, 'tmp'),
  };
}
