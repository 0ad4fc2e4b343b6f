import type { DatabasePool } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { ServiceError } from '../errors.ts';
import { type Failure, toFailure } from '../failure.ts';
import { InstagramError } from '../instagram/errors.ts';
import { type ContainerSpec, toContainerError } from '../instagram/resources/containers.ts';
import { Pause } from '../wake-ups/interruption.ts';
import { carouselSpec, partSpec, singleSpec } from './container-spec.ts';
import { createContainerRepository } from './containers-repository.ts';
import { describeFailure, PublicationFailed, partName } from './failures.ts';
import { CONTAINER_PATIENCE_MS, isReady, nextStep, type Step, statusReadDelaySeconds } from './progress.ts';
import { isUnreadable } from './publish-intent.ts';
import type { Container, PublicationFile, PublicationRow } from './schema.ts';
import type { PublicationTurn } from './turn.ts';

/** Failed containers of one part, where a new one may help. */
const MAX_TRIES = 2;
/** Time before a new container is made: by then Instagram may be able to fetch the file. */
const NEW_CONTAINER_SECONDS = 30;

/** A link to an upload's checked version, made when it is needed. */
export type LinkUpload = (upload: { account_id: number; key: string }) => Promise<{ url: string }>;

type Make = Extract<Step, { do: 'make' }>;

/**
 * Makes the containers of a publication, reads their status, and replaces failed ones where that may help, as far as it
 * goes now. Returns when all are ready. It never sleeps: while Instagram needs time, the row pauses.
 * @throws {PublicationFailed} naming the part that cannot be prepared.
 * @throws {Pause | InstagramError | LeaseLost | OutOfTime}
 */
export const createPrepare = ({ database, linkUpload }: { database: DatabasePool; linkUpload: LinkUpload }) => {
  const containers = createContainerRepository(database);

  const urlOf = async (account_id: number, { url, upload_key }: PublicationFile): Promise<string> => {
    if (url !== null) return url;
    return (await linkUpload({ account_id, key: upload_key ?? '' })).url;
  };

  const specOf = async (row: PublicationRow, part: number | null): Promise<ContainerSpec> => {
    const file = row.request.files[part ?? 0];
    if (file === undefined) throw new Error('A publication has a file for each of its parts');
    if (part !== null) return partSpec(file, await urlOf(row.account_id, file));
    if (row.kind !== 'carousel') return singleSpec(row, file, await urlOf(row.account_id, file));
    const parts = row.request.files.map((_, index) => row.containers.find((one) => one.part === index)?.instagram_id);
    return carouselSpec(
      row,
      parts.filter((id) => id !== null && id !== undefined),
    );
  };

  /** Pauses before a new container of a failed part, where one may help; else the publication fails. */
  const failOf = async (
    turn: PublicationTurn,
    row: PublicationRow,
    { key, part }: { key: { account_id: number; id: number }; part: number | null },
    { failure, mayHelp }: { failure: Failure; mayHelp: boolean },
  ): Promise<never> => {
    const again = mayHelp && (await containers.countFailed(row, part)) < MAX_TRIES;
    if (!again) throw new PublicationFailed(failure);
    await turn.write((_, __, connection) => createContainerRepository(connection).giveUp(key));
    throw new Pause(NEW_CONTAINER_SECONDS, { reason: 'planned', error: failure });
  };

  const make = async (
    turn: PublicationTurn,
    row: PublicationRow,
    { part, instead }: Make,
    { account, client }: ConnectedAccount,
  ): Promise<void> => {
    const spec = await specOf(row, part).catch((error: unknown) => {
      if (!(error instanceof ServiceError) || error.code === 'database_unavailable') throw error;
      const { detail, ...failure } = toFailure(error);
      throw new PublicationFailed({ ...failure, detail: `${partName(part)}${detail}` });
    });
    const id = await turn.write(async (rows, current, connection) => {
      const inTurn = createContainerRepository(connection);
      if (current.status === 'queued') await rows.setStatus(turn.lease, 'processing');
      if (instead !== null) await inTurn.giveUp({ account_id: account.id, id: instead.id });
      return await inTurn.reserve(row, part);
    });
    const key = { account_id: account.id, id };
    try {
      const instagram_id = await client.containers.create(account.instagram_id, spec, turn.step());
      await turn.write(async (rows, _, connection) => {
        await createContainerRepository(connection).recordMade(key, instagram_id);
        await rows.recordProgress(turn.lease);
      });
    } catch (error) {
      if (!(error instanceof InstagramError) || error.kind !== 'rejected') throw error;
      const failure = describeFailure(row, part, error);
      await turn.write((_, __, connection) => createContainerRepository(connection).recordError(key, failure));
      await failOf(turn, row, { key, part }, { failure, mayHelp: error.retry === 'new_container' });
    }
  };

  /** Reads the status of one container. True: it is ready, or must be made anew. */
  const readStatus = async (
    turn: PublicationTurn,
    row: PublicationRow,
    container: Container,
    { client }: ConnectedAccount,
  ): Promise<boolean> => {
    const { part, instagram_id, age_ms } = container;
    if (instagram_id === null) throw new Error('A container without an id at Instagram has no status');
    const key = { account_id: row.account_id, id: container.id };
    const record = (status_code: Container['status_code'], error: Failure | null = null) =>
      turn.write(async (rows, _, connection) => {
        await createContainerRepository(connection).recordStatus(key, { status_code, error });
        await rows.recordProgress(turn.lease);
      });
    const state = await client.containers.get(instagram_id, turn.step()).catch((error: unknown) => {
      if (error instanceof InstagramError && isUnreadable(error)) return null;
      throw error;
    });
    switch (state?.status_code) {
      case 'FINISHED':
      case 'PUBLISHED':
        await record(state.status_code);
        return true;
      case 'EXPIRED': // it was never sent: a new one takes its place
        await turn.write((_, __, connection) => createContainerRepository(connection).giveUp(key));
        return true;
      case 'ERROR':
      case null: {
        const error = toContainerError(state);
        const failure = describeFailure(row, part, error);
        await record(state.status_code ?? 'UNKNOWN', failure);
        const mayHelp = state.status_code !== null && (error.retry === 'new_container' || error.kind === 'transient');
        return await failOf(turn, row, { key, part }, { failure, mayHelp });
      }
      case 'IN_PROGRESS':
      case undefined: {
        const status_code = state === null ? 'UNREADABLE' : state.status_code;
        await record(status_code);
        if (isReady({ ...container, status_code })) return true;
        if (age_ms < CONTAINER_PATIENCE_MS) return false;
        const detail = `${partName(part)}Instagram has not finished preparing the media within an hour`;
        throw new PublicationFailed({ code: 'instagram_timeout', detail, instagram: null });
      }
    }
  };

  return async (turn: PublicationTurn, first: PublicationRow, connected: ConnectedAccount): Promise<void> => {
    for (let row = first; ; row = await turn.refresh()) {
      const step = nextStep(row);
      if (step.do === 'publish') return;
      if (step.do === 'make') {
        await make(turn, row, step, connected);
        continue;
      }
      const delays: number[] = [];
      for (const container of step.containers) {
        const { status_reads: reads, age_ms } = container;
        const isNew = reads === 0 && age_ms < statusReadDelaySeconds(0) * 1_000; // Instagram has only begun to prepare it
        if (isNew) delays.push(statusReadDelaySeconds(0));
        else if (!(await readStatus(turn, row, container, connected))) delays.push(statusReadDelaySeconds(reads + 1));
      }
      if (delays.length > 0) throw new Pause(Math.min(...delays), { reason: 'planned' });
    }
  };
};
export type Prepare = ReturnType<typeof createPrepare>;
