import { GIVEN_UP_AFTER_MS, LOOKS_AT_MOST } from './patience.ts';
import { isAbsent, isResendable } from './repository.ts';
import type { IntentRow } from './schema.ts';

/**
 * What a worker that may send an intent is to do about it now. `give_up`: it may not be sent again; `certain`, that nothing
 * came of it, or nobody will ever know.
 */
export type Move =
  | { do: 'nothing' }
  | { do: 'wait'; ms: number }
  | { do: 'send' }
  | { do: 'look' }
  | { do: 'give_up'; certain: boolean };

const afterWait = (ms: number | null, move: Move): Move => (ms !== null && ms > 0 ? { do: 'wait', ms } : move);

/** Reads it from the row. */
export const nextMove = (row: IntentRow): Move => {
  switch (row.state) {
    case 'confirmed':
    case 'refused':
    case 'abandoned':
      return { do: 'nothing' };
    case 'pending':
      return afterWait(row.retry_in_ms, { do: 'send' });
    case 'sending':
      return afterWait(row.send_in_ms, { do: 'look' });
    case 'unknown': {
      if (isAbsent(row)) {
        return isResendable(row) ? afterWait(row.retry_in_ms, { do: 'send' }) : { do: 'give_up', certain: true };
      }
      const isTooLate = row.background_reads >= LOOKS_AT_MOST || row.first_attempt_age_ms >= GIVEN_UP_AFTER_MS;
      if (isTooLate) return { do: 'give_up', certain: false };
      return afterWait(row.read_in_ms, { do: 'look' });
    }
  }
};
