import {
  DuckDBDecimalValue,
  DuckDBTypeId,
  JsonDuckDBValueConverter,
  type DuckDBValueConverter,
} from '@duckdb/node-api';
import type { QueryResult } from './query-sandbox.ts';

/** A value of a result in plain JavaScript: whole numbers of any size, dates and times as ISO text. */
export type PlainValue =
  null | boolean | number | bigint | string | readonly PlainValue[] | { readonly [key: string]: PlainValue };

/** A column of a result. */
export interface ResultColumn {
  /** Unique within the result: a second `a` is `a:1`. */
  readonly name: string;
  readonly isNumber: boolean;
}

/** The columns of a result. */
export function resultColumns({ names, types }: QueryResult): readonly ResultColumn[] {
  return names.map((name, index) => ({ name, isNumber: numberTypes.has(types[index]?.typeId ?? 0) }));
}

/** Yields the rows of a result in batches of some thousands. */
export async function* plainRows(result: QueryResult): AsyncGenerator<PlainValue[][]> {
  for await (const chunk of result.chunks) yield chunk.convertRows<PlainValue>(plainValue);
}

/** Converts one value; whole numbers stay exact, decimals stay numbers where that is exact. */
const plainValue: DuckDBValueConverter<PlainValue> = (value, type, converter) => {
  if (value === null || typeof value === 'bigint') return value;
  if (value instanceof DuckDBDecimalValue) return plainDecimal(value);
  if (type.typeId === DuckDBTypeId.FLOAT || type.typeId === DuckDBTypeId.DOUBLE) return Number(value);
  return JsonDuckDBValueConverter(value, type, converter as never);
};

function plainDecimal(value: DuckDBDecimalValue): number | string {
  return value.width <= 15 ? value.toDouble() : value.toString();
}

/** Types that are shown to the right. */
const numberTypes: ReadonlySet<DuckDBTypeId> = new Set([
  DuckDBTypeId.TINYINT,
  DuckDBTypeId.SMALLINT,
  DuckDBTypeId.INTEGER,
  DuckDBTypeId.BIGINT,
  DuckDBTypeId.UTINYINT,
  DuckDBTypeId.USMALLINT,
  DuckDBTypeId.UINTEGER,
  DuckDBTypeId.UBIGINT,
  DuckDBTypeId.HUGEINT,
  DuckDBTypeId.UHUGEINT,
  DuckDBTypeId.FLOAT,
  DuckDBTypeId.DOUBLE,
  DuckDBTypeId.DECIMAL,
]);
