import * as containers from './containers.ts';
import * as delivery from './delivery.ts';
import * as insights from './insights.ts';
import * as listings from './listings.ts';
import * as refusals from './refusals.ts';

/** Every kind of trouble that can be switched on, by the name it is asked for. */
export const KINDS = {
  throttle: refusals.throttle,
  transient: refusals.transient,
  unavailable: delivery.unavailable,
  html: delivery.html,
  redirect: delivery.redirect,
  reset: delivery.reset,
  truncated: delivery.truncated,
  hang: delivery.hang,
  late: delivery.late,
  slow: delivery.slow,
  slow_pages: delivery.slowPages,
  expired_token: refusals.expiredToken,
  missing_permission: refusals.permissionMissing,
  blocked: refusals.blocked,
  outage: refusals.outage,
  vanished_media: listings.vanishedMedia,
  reduce_data: refusals.reduceData,
  refuse_field: refusals.refuseField,
  invalid_cursor: refusals.cursorRefused,
  repeated_cursor: listings.repeatedCursor,
  endless_list: listings.endlessList,
  repeated_rows: listings.repeatedRows,
  short_pages: listings.shortPages,
  empty_page: listings.emptyPage,
  empty_list: listings.emptyList,
  malformed_item: listings.malformedItem,
  odd_rows: listings.oddRows,
  odd_paging: listings.oddPaging,
  wrong_shape: listings.wrongShape,
  count_mismatch: listings.countMismatch,
  data_wrapper: listings.dataWrapper,
  container: containers.containerFate,
  refuse_metric: insights.refuseMetric,
  no_insights: insights.noInsights,
  usage: delivery.usage,
  error: refusals.error,
} as const;

export type KindName = keyof typeof KINDS;
export const KIND_NAMES = Object.keys(KINDS) as KindName[];
