import {
  DuckDBDateValue,
  DuckDBDecimalType,
  DuckDBDecimalValue,
  DuckDBListType,
  DuckDBListValue,
  DuckDBStructType,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTypeId,
  DuckDBDataChunk,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import {
  Bool,
  DateDay,
  Decimal,
  Field,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  Int8,
  List,
  RecordBatch,
  RecordBatchFileWriter,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  TimestampMicrosecond,
  Uint16,
  Uint32,
  Uint64,
  Uint8,
  Utf8,
  makeBuilder,
  makeData,
  type Data,
  type DataType,
} from 'apache-arrow';
import type { QueryResult } from './query-sandbox.ts';

/** How a column goes from DuckDB to Arrow: its type there, and its values as apache-arrow's builders take them. */
interface ArrowColumn {
  readonly type: DataType;
  readonly convert: (value: DuckDBValue) => unknown;
}

/**
 * Yields a result as Arrow IPC bytes, a record batch a chunk: in the `file` form (Feather, `.arrow`) or as a `stream`.
 *
 * Whole numbers beyond 64 bits become decimal(38, 0); types that Arrow has no twin for become their text.
 */
export async function* arrowBytes(result: QueryResult, form: 'file' | 'stream'): AsyncGenerator<Uint8Array> {
  const columns = result.types.map(arrowColumn);
  const schema = new Schema(
    columns.map(({ type }, index) => new Field(result.names[index] ?? '', type, true)),
  );
  const writer = form === 'file' ? new RecordBatchFileWriter() : new RecordBatchStreamWriter();
  const take = taker(writer[Symbol.asyncIterator]());
  // A first batch without rows, so that a result without rows has a schema.
  writer.write(recordBatch(DuckDBDataChunk.create(result.types), columns, schema));
  for await (const chunk of result.chunks) {
    writer.write(recordBatch(chunk, columns, schema));
    yield* take();
  }
  writer.finish();
  yield* take();
}

/** Takes what stands ready in a queue of bytes without waiting for more, so that no more than a batch piles up. */
function taker(queue: AsyncIterator<Uint8Array>): () => AsyncGenerator<Uint8Array> {
  const nothing = Promise.resolve(undefined);
  let next = queue.next();
  return async function* () {
    for (;;) {
      const taken = await Promise.race([next, nothing]);
      if (taken === undefined || taken.done === true) return;
      next = queue.next();
      yield taken.value;
    }
  };
}

function recordBatch(chunk: DuckDBDataChunk, columns: readonly ArrowColumn[], schema: Schema): RecordBatch {
  const children = columns.map(({ type, convert }, index): Data => {
    const builder = makeBuilder({ type, nullValues: [null] });
    for (const value of chunk.getColumnValues(index)) builder.append(value === null ? null : convert(value));
    return builder.finish().flush() as Data;
  });
  const type = new Struct(schema.fields);
  return new RecordBatch(schema, makeData({ type, length: chunk.rowCount, nullCount: 0, children }));
}

function arrowColumn(type: DuckDBType): ArrowColumn {
  if (type instanceof DuckDBDecimalType) return decimalColumn(type);
  if (type instanceof DuckDBListType) return listColumn(type);
  if (type instanceof DuckDBStructType) return structColumn(type);
  return (simpleColumns[type.typeId] ?? text)();
}

function decimalColumn({ scale, width }: DuckDBDecimalType): ArrowColumn {
  return {
    type: new Decimal(scale, width, 128),
    convert: (value) => words128(value instanceof DuckDBDecimalValue ? value.value : 0n),
  };
}

function listColumn({ valueType }: DuckDBListType): ArrowColumn {
  const item = arrowColumn(valueType);
  return {
    type: new List(new Field('item', item.type, true)),
    convert: (value) =>
      value instanceof DuckDBListValue ? value.items.map((inner) => convertOrNull(item, inner)) : null,
  };
}

function structColumn({ entryNames, entryTypes }: DuckDBStructType): ArrowColumn {
  const fields = entryTypes.map((type, index) => ({
    name: entryNames[index] ?? '',
    column: arrowColumn(type),
  }));
  return {
    type: new Struct(fields.map(({ name, column }) => new Field(name, column.type, true))),
    convert: (value) => {
      if (!(value instanceof DuckDBStructValue)) return null;
      const entries = fields.map(
        ({ name, column }) => [name, convertOrNull(column, value.entries[name] ?? null)] as const,
      );
      return Object.fromEntries(entries);
    },
  };
}

const asIs = (value: DuckDBValue): unknown => value;
const text = (): ArrowColumn => ({ type: new Utf8(), convert: String });
const plain = (type: DataType) => (): ArrowColumn => ({ type, convert: asIs });
const wide = (): ArrowColumn => ({
  type: new Decimal(0, 38, 128),
  convert: (value) => words128(value as bigint),
});
const instant = (timezone: string | null) => (): ArrowColumn => ({
  type: new TimestampMicrosecond(timezone),
  convert: (value) =>
    value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue
      ? Number(value.micros) / 1000
      : null,
});

const simpleColumns: Readonly<Partial<Record<DuckDBTypeId, () => ArrowColumn>>> = {
  [DuckDBTypeId.BOOLEAN]: plain(new Bool()),
  [DuckDBTypeId.TINYINT]: plain(new Int8()),
  [DuckDBTypeId.SMALLINT]: plain(new Int16()),
  [DuckDBTypeId.INTEGER]: plain(new Int32()),
  [DuckDBTypeId.BIGINT]: plain(new Int64()),
  [DuckDBTypeId.UTINYINT]: plain(new Uint8()),
  [DuckDBTypeId.USMALLINT]: plain(new Uint16()),
  [DuckDBTypeId.UINTEGER]: plain(new Uint32()),
  [DuckDBTypeId.UBIGINT]: plain(new Uint64()),
  [DuckDBTypeId.HUGEINT]: wide,
  [DuckDBTypeId.UHUGEINT]: wide,
  [DuckDBTypeId.FLOAT]: plain(new Float32()),
  [DuckDBTypeId.DOUBLE]: plain(new Float64()),
  [DuckDBTypeId.VARCHAR]: text,
  [DuckDBTypeId.DATE]: () => ({
    type: new DateDay(),
    convert: (value) => (value instanceof DuckDBDateValue ? value.days * 86_400_000 : null),
  }),
  [DuckDBTypeId.TIMESTAMP]: instant(null),
  [DuckDBTypeId.TIMESTAMP_TZ]: instant('UTC'),
};

function convertOrNull(column: ArrowColumn, value: DuckDBValue): unknown {
  return value === null ? null : column.convert(value);
}

/** A 128-bit number as Arrow stores it: four words, lowest first, two's complement. */
function words128(value: bigint): Uint32Array {
  const words = new Uint32Array(4);
  for (let index = 0; index < 4; index += 1)
    words[index] = Number(BigInt.asUintN(32, value >> BigInt(32 * index)));
  return words;
}
