/**
 * Of the macros of a dialect, those that some texts call, and those that these call in turn. A reader of the serving file has them
 * in his way: one named as a function of the engine stands before it.
 *
 * @param dialect statements `create or replace macro name(...) as ...;`
 */
export function macrosFor(texts: readonly string[], dialect: string): string {
  const macros = new Map(
    dialect
      .replace(/--[^\n]*/g, '')
      .split(';')
      .flatMap((statement): [string, string][] => {
        const name = /^\s*create or replace macro (\w+)\(/.exec(statement)?.[1];
        return name === undefined ? [] : [[name, statement.trim()]];
      }),
  );
  const wanted = new Set<string>();
  const callers = [...texts];
  for (let text = callers.pop(); text !== undefined; text = callers.pop()) {
    for (const [name, statement] of macros) {
      if (wanted.has(name) || !new RegExp(`\\b${name}\\s*\\(`).test(text)) continue;
      wanted.add(name);
      callers.push(bodyOf(statement));
    }
  }
  return [...macros].flatMap(([name, statement]) => (wanted.has(name) ? [`${statement};`] : [])).join('\n');
}

function bodyOf(macro: string): string {
  return macro.slice(macro.indexOf(') as '));
}
