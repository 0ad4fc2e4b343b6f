import { z } from 'zod';
import { EDGE_NAMES } from '../graph/edges.ts';
import { HttpError } from '../http/exchange.ts';
import { KIND_NAMES, KINDS } from '../scenarios/catalogue.ts';
import type { Scenario, ScenarioInput } from '../scenarios/scenarios.ts';
import type { ControlRoute } from './route.ts';

/** A scenario as the control API shows it. */
export const describeScenario = ({ id, kind, settings, seen, acted }: Scenario) => ({
  id,
  kind,
  ...settings,
  seen,
  acted,
});

/** What can be set of each kind, as JSON Schema, and what must be: the page makes its forms of it. */
const SETTINGS = Object.fromEntries(
  KIND_NAMES.map((name) => {
    const { properties = {}, required = [] } = z.toJSONSchema(KINDS[name].params, { io: 'input' });
    return [name, { properties, required }];
  }),
);

/** Trouble, on and off. */
export const scenarioRoutes: readonly ControlRoute[] = [
  {
    method: 'GET',
    path: '/scenarios',
    answer: (_, { scenarios }) => ({
      body: {
        active: scenarios.list().map(describeScenario),
        kinds: Object.fromEntries(KIND_NAMES.map((name) => [name, KINDS[name].summary])),
        settings: SETTINGS,
        edges: [...EDGE_NAMES].sort(),
      },
    }),
  },
  {
    method: 'POST',
    path: '/scenarios',
    // `add` validates it
    answer: ({ body }, { scenarios }) => ({
      status: 201,
      body: describeScenario(scenarios.add(body as ScenarioInput)),
    }),
  },
  {
    method: 'DELETE',
    path: '/scenarios',
    answer: (_, { scenarios }) => {
      scenarios.clear();
      return { body: { active: [] } };
    },
  },
  {
    method: 'DELETE',
    path: '/scenarios/{id}',
    answer: ({ params }, { scenarios }) => {
      const scenario = scenarios.find(params.id ?? '');
      if (!scenario) throw new HttpError(404, 'No such scenario is on');
      scenario.remove();
      return { body: describeScenario(scenario) };
    },
  },
];
