import { describe, expect, test } from '@jest/globals';
import { type Synthesis, synthesize, type Template } from './testing/synthesize.ts';
import { ofType } from './testing/templates.ts';

/** Logical ids that a resource waits for, directly or not. */
const waitedForBy = ({ Resources }: Template, id: string): ReadonlySet<string> => {
  const found = new Set<string>();
  const visit = (one: string): void => {
    const { DependsOn = [], Properties = {} } = Resources[one] ?? {};
    const text = JSON.stringify(Properties);
    const referred = [...text.matchAll(/"(?:Ref|Fn::GetAtt)":\[?"(\w+)"/g)].map(([, name = '']) => name);
    for (const next of [...DependsOn, ...referred]) {
      if (found.has(next) || !(next in Resources)) continue;
      found.add(next);
      visit(next);
    }
  };
  visit(id);
  return found;
};

const policiesOf = ({ templates }: Synthesis) =>
  Object.values(templates).flatMap(({ Resources }) =>
    Object.entries(Resources).map(([id, { DeletionPolicy = 'Delete' }]) => [id, DeletionPolicy] as const),
  );

const prod = await synthesize('prod');

describe('a first deployment of prod that fails', () => {
  test('leaves nothing with a fixed name in the way of the next', () => {
    const policies = policiesOf(prod);
    expect(policies.filter(([, policy]) => policy === 'Retain')).toEqual([]);
    expect(policies.filter(([, policy]) => policy === 'RetainExceptOnCreate').length).toBeGreaterThan(40);
  });

  test('is not held up by a server that nothing may delete: it is made last', () => {
    const { data } = prod.templates;
    const [[server] = ['']] = ofType(data, 'AWS::RDS::DBInstance');
    const others = Object.keys(data.Resources).filter((id) => id !== server);
    const waitedFor = waitedForBy(data, server);
    expect(data.Resources[server]?.Properties).toMatchObject({ DeletionProtection: true });
    expect(others.filter((id) => !waitedFor.has(id))).toEqual([]);
  });

  test('can be taken back by hand: only the stack with the data is protected', () => {
    expect(prod.protectedStacks).toEqual(['instagram-prod-data']);
  });
});

test('data of a protected stage outlives its stack, and what replaces it', () => {
  const { templates } = prod;
  const kept = ['AWS::RDS::DBInstance', 'AWS::S3::Bucket', 'AWS::KMS::Key', 'AWS::SecretsManager::Secret'];
  for (const resource of Object.values(templates.data.Resources).filter(({ Type }) => kept.includes(Type))) {
    expect(resource).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
  }
});

test('a stage without protection is deleted whole, with a snapshot of its database', async () => {
  const dev = await synthesize('dev');
  expect([...new Set(policiesOf(dev).map(([, policy]) => policy))].sort()).toEqual(['Delete', 'Snapshot']);
  expect(dev.protectedStacks).toEqual([]);
});
