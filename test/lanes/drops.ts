import fc from 'fast-check';

/** The text of one record with its line end, or whatever else stands between two records of a file. */
export type Chunk = string;

/** How hostile a file is. */
export interface Hostility {
  /** Weight of chunks that csv-parse has to sort out, where sound ones weigh 100. */
  readonly hostile: number;
}

const pick = (...texts: string[]): fc.Arbitrary<string> => fc.constantFrom(...texts);

/** Cells as they stand in the file, sound, with all that quotes, padding and alphabets can do. */
const title = fc.oneof(
  { weight: 5, arbitrary: pick('Alpha', 'Beta', 'Ämélie', '漢字', '😀', 'l’Été') },
  {
    weight: 3,
    arbitrary: pick(
      '"Gamma, the"',
      '"Del""ta"',
      '"two\nlines"',
      '"two\r\nlines"',
      '"a\rb"',
      '"""q"""',
      '"\n\n"',
    ),
  },
  {
    weight: 2,
    arbitrary: pick(' padded ', '\u00a0nbsp\u00a0', '" in quotes "', '\tTab', '\ufeffmark', '\u2028x'),
  },
);
/** Without a title a record is set aside, or the whole file left to the authority: seldom. */
const titleOrNone = fc.oneof(
  { weight: 150, arbitrary: title },
  { weight: 1, arbitrary: pick('', '""', '" "', '   ', '\u00a0') },
);
const money = pick('', '""', '0', '100', '7000003', '"1,000"', ' 100 ', '1x', 'much', '-5', "'");
const year = pick('', '2000', '2001', '1999', 'soon', '20000');
const note = fc.oneof(
  pick('', 'n', '"a\nb"', '"x,y"', "it's", '#', '\\', '\\"'.replace('"', '')),
  fc.array(pick('a', 'b', ' ', "'", '漢'), { minLength: 20, maxLength: 90 }).map((text) => text.join('')),
);

/** A sound record of a film under an id; ids are also no ids at all, or padded. */
export const sound = (id: fc.Arbitrary<string>): fc.Arbitrary<Chunk> =>
  fc.tuple(id, titleOrNone, year, money, note).map((cells) => `${cells.join(',')}\n`);

const hostile: fc.Arbitrary<Chunk> = pick(
  '5,st"ray,2000,1,\n',
  '6,"closed" early,2000,1,\n',
  '7,"open\n',
  '8,short\n',
  '9,long,2000,1,,,\n',
  '10,cr\ralone,2000,1,\n',
  '11,crlf,2000,1,\r\n',
  '12,nul\0,2000,1,\n',
  ',no key,2000,1,\n',
  ',,,,\n',
  '"","","","",""\n',
  ' , ,\u00a0,,\n',
  '   \n',
  '\r\n',
  '13, "space before",2000,1,\n',
  '14,"space after" ,2000,1,\n',
  '15,cut',
  '"',
  '16,x,2000,1,"""\n',
  '\u0001,control,2000,1,\n',
);

/** Bytes that UTF-8 lacks: no text holds them, so a mark stands for them until the file is written. */
const brokenBytes = '\ue000';

/** What stands between records, or is one. */
export function chunk(id: fc.Arbitrary<string>, { hostile: weight }: Hostility): fc.Arbitrary<Chunk> {
  return fc.oneof(
    { weight: 100, arbitrary: sound(id) },
    { weight: 4, arbitrary: fc.constant('\n') },
    ...(weight === 0
      ? []
      : [
          {
            weight,
            arbitrary: fc.oneof(
              { weight: 9, arbitrary: hostile },
              fc.constant(`17,b${brokenBytes}d,2000,1,\n`),
            ),
          },
        ]),
  );
}

/** Of a file: all but the records. */
export interface Frame {
  readonly header: string;
  readonly bom: boolean;
  readonly isLastLineEnded: boolean;
}

/** Headers of a shape whose records have keys, and of one whose records are their own. */
export const headers = {
  keyed: 'tmdb_id,title,release_year,revenue,note\n',
  keyless: 'number,title,release_year,revenue,note\n',
} as const;

/** Writes a file; a chunk without line end at the end of it stays so. */
export function bytesOf({ header, bom, isLastLineEnded }: Frame, chunks: readonly Chunk[]): Buffer {
  const text = `${bom ? '\ufeff' : ''}${header}${chunks.join('')}`;
  const ended = isLastLineEnded || chunks.length === 0 ? text : text.replace(/\n$/, '');
  const parts = ended.split(brokenBytes).map((part) => Buffer.from(part));
  return Buffer.concat(parts.flatMap((part, at) => (at === 0 ? [part] : [Buffer.from([0xff, 0xfe]), part])));
}
