import type { Container } from '../../world/containers.ts';
import type { NodeType } from '../node.ts';

/** IG Container. */
export const containerNode: NodeType<Container> = {
  name: 'IGContainer',
  defaults: ['id'],
  only: {},
  live: new Set(['status', 'status_code']),
  idOf: ({ id }) => id,
  readers: {
    id: ({ id }) => id,
    status_code: (container, { world }) => world.containers.statusOf(container).status_code,
    status: (container, { world }) => world.containers.statusOf(container).status,
    copyright_check_status: () => ({ matches_found: false, status: 'completed' }),
  },
};
