/** What must be true of the files that describe containers, and that no other test would notice. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import * as config from '../lib/config.ts';

const read = (name: string): string => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');
const matches = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, name = '']) => name);

const compose = read('docker-compose.yml');
const example = read('.env.example');
const knownVariables = Object.values(config).flatMap((value) =>
  value instanceof z.ZodObject ? Object.keys(value.shape) : [],
);

test('every variable that docker-compose.yml reads is in .env.example, and every one of those is read by something', () => {
  const substituted = matches(compose, /\$\{(\w+)/g);
  const offered = matches(example, /^(\w+)=/gm);

  expect(offered).toEqual(expect.arrayContaining(substituted));
  expect([...knownVariables, ...substituted]).toEqual(expect.arrayContaining(offered));
});

test('every variable that a container is given is one that the service knows', () => {
  const given = matches(compose, /^ {6}([A-Z]\w+): /gm).filter((name) => !name.startsWith('POSTGRES_'));

  expect(knownVariables).toEqual(expect.arrayContaining(given));
});

test('.env.example sets nothing, and nothing unset stops docker-compose', () => {
  expect(matches(example, /^\w+=(.*)$/gm).filter((value) => value !== '')).toEqual([]);
  expect(matches(compose, /(\$\{\w+\})/g)).toEqual([]);
});

test('published ports can be reached from this machine only', () => {
  const published = matches(compose, /^ {4}ports: (.*)$/gm);

  expect(published).toHaveLength(3);
  expect(published.filter((ports) => !/^\["127\.0\.0\.1:[^",]+"\]$/.test(ports))).toEqual([]);
});

test('the Dockerfile builds without BuildKit, and the build sees no secret', () => {
  expect(read('Dockerfile')).not.toMatch(/--mount|--chmod|--link|--parents|--exclude|<<|^# *syntax/m);
  expect(read('.dockerignore').split('\n')).toEqual(expect.arrayContaining(['.env', '.git', 'node_modules']));
});
