import path from 'node:path';

/** Where things stand below a root. */
export function workspacePaths(root: string): {
  raw: string;
  curated: string;
  state: string;
  warehouse: string;
  versions: string;
  temp: string;
} {
  const own = path.join(root, '.marquee');
  return {
    raw: path.join(root, 'raw'),
    curated: path.join(root, 'curated_data'),
    state: path.join(own, 'state.sqlite'),
    warehouse: path.join(own, 'warehouse.duckdb'),
    versions: path.join(own, 'versions'),
    temp: path.join(own, 'tmp'),
  };
}
