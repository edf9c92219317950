// The entry point readyd/opentelemetry.
import { isSpanContextValid, trace } from '@opentelemetry/api';
import type { Fields } from './journal/field-value.ts';

/**
 * A `mixin` for `journal()` and the adapters: the ids of the active span of OpenTelemetry, as fields of every entry that
 * is logged in it. `TRACE_ID` and `SPAN_ID` are in lower-case hex, `TRACE_FLAGS` is as W3C Trace Context has it, such as
 * `01` for a trace that is sampled. No fields where no span is active.
 *
 * It asks `@opentelemetry/api`, which the program has installed; without an SDK, no span is ever active.
 *
 * @example const log = journal({ mixin: traceFields });
 * @see "Trace Context in non-OTLP Log Formats" of the OpenTelemetry specification, which these names are from
 */
export function traceFields(): Fields {
  const context = trace.getActiveSpan()?.spanContext();
  if (context === undefined || !isSpanContextValid(context)) return {};
  const { traceId, spanId, traceFlags } = context;
  return { TRACE_ID: traceId, SPAN_ID: spanId, TRACE_FLAGS: traceFlags.toString(16).padStart(2, '0') };
}
