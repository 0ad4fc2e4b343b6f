import { Construct } from 'constructs';
import { watchFeatures } from './feature-alarms.ts';
import { type AlarmTopics, PeopleAlarm } from './people-alarm.ts';
import { watchPlatform } from './platform-alarms.ts';
import { watchRuntime } from './runtime-alarms.ts';
import type { RaiseAlarm, Watched } from './watched.ts';

/** All alarms. Each names its section of `docs/runbook.md`; a test fails if the section is missing. */
export class Alarms extends Construct {
  constructor(scope: Construct, id: string, { topics, ...watched }: Watched & { topics: AlarmTopics }) {
    super(scope, id);
    const alarm: RaiseAlarm = (props) => {
      const alarmId = [props.runbook, props.subject ?? '']
        .join('-')
        .replace(/(?:^|[-.])(\w?)/g, (_, letter: string) => letter.toUpperCase());
      new PeopleAlarm(this, alarmId, { stage: watched.stage, topics, ...props });
    };
    watchFeatures(watched, alarm);
    watchRuntime(this, watched, alarm);
    watchPlatform(watched, alarm);
  }
}
