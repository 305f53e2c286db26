import { beforeAll, describe } from 'vitest';
import type { DuckDBConnection } from '@duckdb/node-api';
import { dialectSession, reads } from './session.ts';

let session: DuckDBConnection;
const connection = (): DuckDBConnection => session;
beforeAll(async () => {
  session = await dialectSession();
});

/** UTF-8 read as Latin-1: a character for each byte. */
const asLatin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

describe('UTF-8 that was taken for another encoding', () => {
  reads(connection, 'mended(t)', 'is read back, from Latin-1 and from Windows-1252', [
    ...['Amélie', 'World’s End', 'Wall·E', 'Più', 'L’Être', 'Fallout—2', '等一個人', 'Łódź'].map(
      (title) => [asLatin1(title), title] as const,
    ),
    ['Worldâ€™s End', 'World’s End'],
    ['Sheâ€¦', 'She…'],
    ['Ã“lafur', 'Ólafur'],
    ['FranÃ§ois ÅŒe', 'François Ōe'],
    ['ç­‰ä¸€å€‹äººå’–å•¡', '等一個人咖啡'],
  ]);

  reads(connection, 'mended(t)', 'leaves alone what can be read as it is', [
    ...[
      'Avatar',
      'Amélie',
      'CAFÉ…',
      'SÃO PAULO',
      'La Vérité…',
      '“Â”',
      'Où est-il ?',
      'naïve — déjà',
      'Ça, c’est Ã',
      'Das weiße Band',
      '等一個人咖啡',
      'Così è (se vi pare)',
      'À l’Ouest',
      'AmÃ©lie und das weiße “Band” 等',
    ].map((title) => [title, title] as const),
  ]);
});
