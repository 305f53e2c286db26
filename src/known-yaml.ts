/**
 * What the YAML files that ship in `sql/` say, by the SHA-256 (hex) of their text. The build fills it, see
 * `rolldown.config.mjs`: to parse them takes a tenth of a second at every start. A file that is none of these, because
 * somebody edited it, is parsed.
 */
export const knownYaml: ReadonlyMap<string, unknown> = new Map();
