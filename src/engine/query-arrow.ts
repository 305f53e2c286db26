import {
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTypeId,
  type DuckDBDataChunk,
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
  async function* batches(): AsyncGenerator<RecordBatch> {
    yield emptyBatch(schema);
    for await (const chunk of result.chunks)
      if (chunk.rowCount > 0) yield recordBatch(chunk, columns, schema);
  }
  void writer.writeAll(batches());
  yield* writer;
}

/** Without it a result without rows would have no schema. */
function emptyBatch(schema: Schema): RecordBatch {
  return new RecordBatch(schema);
}

function recordBatch(chunk: DuckDBDataChunk, columns: readonly ArrowColumn[], schema: Schema): RecordBatch {
  const children = columns.map(({ type, convert }, index) => {
    const builder = makeBuilder({ type, nullValues: [null] });
    for (const value of chunk.getColumnValues(index)) builder.append(value === null ? null : convert(value));
    return builder.finish().flush();
  });
  const type = new Struct(schema.fields);
  return new RecordBatch(schema, makeData({ type, length: chunk.rowCount, nullCount: 0, children }));
}

function arrowColumn(type: DuckDBType): ArrowColumn {
  const simple = simpleColumns[type.typeId];
  if (simple !== undefined) return simple();
  switch (type.typeId) {
    case DuckDBTypeId.DECIMAL:
      return {
        type: new Decimal(type.scale, type.width, 128),
        convert: (value) => words128(value instanceof DuckDBDecimalValue ? value.value : 0n),
      };
    case DuckDBTypeId.LIST: {
      const item = arrowColumn(type.valueType);
      return {
        type: new List(new Field('item', item.type, true)),
        convert: (value) =>
          value instanceof DuckDBListValue ? value.items.map((inner) => convertOrNull(item, inner)) : null,
      };
    }
    case DuckDBTypeId.STRUCT: {
      const fields = type.entryNames.map((name, index) => {
        const inner = type.entryTypes[index];
        return { name, column: inner === undefined ? text() : arrowColumn(inner) };
      });
      return {
        type: new Struct(fields.map(({ name, column }) => new Field(name, column.type, true))),
        convert: (value) =>
          value instanceof DuckDBStructValue
            ? Object.fromEntries(
                fields.map(({ name, column }) => [name, convertOrNull(column, value.entries[name] ?? null)]),
              )
            : null,
      };
    }
    default:
      return text();
  }
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
