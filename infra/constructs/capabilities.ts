import type { Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Resource } from '../../functions/routes.ts';
import { dualStackEnvironment } from '../dual-stack.ts';
import type { DataStack } from '../stacks/data-stack.ts';
import type { Stage } from '../stage.ts';
import { ExecutionRole } from './execution-role.ts';
import type { Placement } from './network.ts';
import { UploadSigner } from './upload-signer.ts';
import type { WorkerQueue } from './worker-queue.ts';

/** What functions that reach the same resources share. */
export interface Capability {
  role: Role;
  environment: Readonly<Record<string, string>>;
  placement: Placement | null;
}

/** Turns what functions say they use into roles, one for each combination, with variables and a place in the network. */
export class Capabilities extends Construct {
  readonly #stage: Stage;
  readonly #data: DataStack;
  readonly #queues: ReadonlyMap<string, WorkerQueue>;
  readonly #signer: UploadSigner;
  readonly #made = new Map<string, Capability>();

  constructor(
    scope: Construct,
    id: string,
    { stage, data, queues }: { stage: Stage; data: DataStack; queues: ReadonlyMap<string, WorkerQueue> },
  ) {
    super(scope, id);
    this.#stage = stage;
    this.#data = data;
    this.#queues = queues;
    this.#signer = new UploadSigner(this, 'UploadSigner', { uploads: data.uploads });
  }

  /**
   * `worksOff`: the queue that the function is fed from, whose messages no other role may take. `readsOnly`: it changes no
   * row, and could not.
   */
  for(
    uses: readonly Resource[],
    { worksOff, readsOnly = false }: { worksOff?: string; readsOnly?: boolean } = {},
  ): Capability {
    const parts = [
      ...[...uses].sort(),
      ...(worksOff === undefined ? [] : [`works-off-${worksOff}`]),
      ...(readsOnly ? ['reads-only'] : []),
    ];
    const name = parts.length === 0 ? 'nothing' : parts.join(' ');
    const made = this.#made.get(name) ?? this.#make(name, uses, readsOnly);
    this.#made.set(name, made);
    return made;
  }

  #make(name: string, uses: readonly Resource[], readsOnly: boolean): Capability {
    const inNetwork = uses.includes('database');
    const { role } = new ExecutionRole(
      this,
      name.replace(/(?:^|[ -])(\w)/g, (_, letter: string) => letter.toUpperCase()),
      {
        stage: this.#stage,
        description: `Functions that use: ${name}`,
        inNetwork,
      },
    );
    const environment: Record<string, string> = {};
    for (const resource of uses) Object.assign(environment, this.#grant(resource, role, readsOnly));
    // Whoever reaches the database alone gets no way out of the network.
    const callsOut = uses.some((resource) => resource !== 'database');
    return {
      role,
      environment: { ...environment, ...(inNetwork && callsOut && dualStackEnvironment(this.#stage)) },
      placement: inNetwork ? this.#data.network.place({ callsOut }) : null,
    };
  }

  #grant(resource: Resource, role: Role, readsOnly: boolean): Readonly<Record<string, string>> {
    switch (resource) {
      case 'database':
        return this.#data.database.grantUse(role, readsOnly ? 'reader' : 'app');
      case 'instagram':
        return { ...this.#data.metaApp.grantUse(role), ...this.#data.tokenKey.grantUse(role) };
      case 'uploads':
        return { ...this.#data.uploads.grantUse(role), ...this.#signer.grantUse(role) };
      default: {
        const queue = this.#queues.get(resource.slice(0, -'-queue'.length));
        if (queue === undefined) throw new Error(`functions/routes.ts: ${resource} has no consumer`);
        return queue.grantSend(role);
      }
    }
  }
}
