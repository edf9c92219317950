// The entry point readyd/opentelemetry.
import { isSpanContextValid, trace } from '@opentelemetry/api';
import type { Fields } from './journal/field-value.ts';

/**
 * A `mixin` for `journal()` and the adapters: adds the ids of OpenTelemetry's active span to every entry logged in it.
 * `TRACE_ID` and `SPAN_ID` are lower-case hex. `TRACE_FLAGS` has the format of W3C Trace Context, such as `01` for a
 * sampled trace. Adds no fields without an active span.
 *
 * Uses `@opentelemetry/api`, which the program must install; without an SDK there is never an active span.
 *
 * @example const log = journal({ mixin: traceFields });
 * @see "Trace Context in non-OTLP Log Formats" of the OpenTelemetry specification, which defines these names
 */
export function traceFields(): Fields {
  const context = trace.getActiveSpan()?.spanContext();
  if (context === undefined || !isSpanContextValid(context)) return {};
  const { traceId, spanId, traceFlags } = context;
  return { TRACE_ID: traceId, SPAN_ID: spanId, TRACE_FLAGS: traceFlags.toString(16).padStart(2, '0') };
}
