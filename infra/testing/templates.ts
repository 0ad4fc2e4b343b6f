import type { Synthesis, Template } from './synthesize.ts';

/** What a resource is made with; nothing is known about it before it is looked at. */
export type Properties = Readonly<Record<string, unknown>>;

/** A statement of a policy. */
export interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
  Principal?: unknown;
}

export const asList = <Item>(value: Item | Item[]): Item[] => (Array.isArray(value) ? value : [value]);

/** The resources of one type, by logical id. */
export const ofType = (template: Template, type: string): [string, Properties][] =>
  Object.entries(template.Resources).flatMap(([id, { Type, Properties: properties }]) =>
    Type === type ? [[id, properties] as [string, Properties]] : [],
  );

/** The same of all stacks. */
export const allOfType = ({ templates }: Synthesis, type: string): [string, Properties][] =>
  Object.values(templates).flatMap((template) => ofType(template, type));

/** The only resource of its type. */
export const theOnly = (template: Template, type: string): Properties => {
  const [first, ...rest] = ofType(template, type);
  if (first === undefined || rest.length > 0) throw new Error(`${rest.length + (first ? 1 : 0)} resources are ${type}`);
  return first[1];
};

/** What became of `functions/<entry>.ts`, by its name on AWS. Functions of CDK's own have no name. */
export const functionsOf = ({ templates: { functions } }: Synthesis): Map<string, Properties> =>
  new Map(
    ofType(functions, 'AWS::Lambda::Function').flatMap(([, properties]) =>
      typeof properties.FunctionName === 'string' ? [[properties.FunctionName, properties]] : [],
    ),
  );

export const variablesOf = (properties: Properties | undefined): Properties =>
  (properties?.Environment as { Variables?: Properties } | undefined)?.Variables ?? {};

export const statementsOf = (document: unknown): Statement[] =>
  (document as { Statement?: Statement[] } | undefined)?.Statement ?? [];
