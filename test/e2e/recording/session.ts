import { CreateRepositoryCommand } from '@aws-sdk/client-ecr';
import { Cast, Recorder } from './cast';
import { Cdk } from '../cdk';
import { Bed } from '../demo/bed';
import { APP, appCommand, LEGACY, STACK } from '../demo/quickstart';
import { Emulator } from '../emulator';
import { Registry } from '../registry';

export const COLUMNS = 96;
export const ROWS = 24;
const LIFT = /\baws ecr tag-resource [^\n]*Value=[0-9a-f]{12}/;

/** Records a refused `cdk destroy` of examples/quickstart, the printed command that confirms the deletion, and another `cdk destroy`. */
export async function record(): Promise<Cast> {
  const emulator = await Emulator.start();
  try {
    const bed = new Bed(emulator);
    const recorder = new Recorder();
    let isRecorded = false;
    const cdk = new Cdk({
      place: emulator, app: appCommand(), log: line => { if (isRecorded) recorder.print(`${line}\n`); }, pollsAsReleased: true,
    });
    const succeed = async (result: Promise<{ code: number; output: string }>) => {
      const { code, output } = await result;
      if (code !== 0) throw new Error(output);
    };
    await succeed(cdk.bootstrap());
    await bed.ecr.send(new CreateRepositoryCommand({ repositoryName: LEGACY, tags: [{ Key: 'stage', Value: 'test' }] }));
    await succeed(cdk.deploy(STACK));
    const registry = await Registry.login(emulator);
    for (const tag of ['v1', 'v2', 'v3']) await registry.pushImage({ repository: APP, tags: [tag] });

    isRecorded = true;
    recorder.type(`cdk destroy ${STACK} --force`);
    const refused = await cdk.destroy(STACK);
    const command = LIFT.exec(refused.output)?.[0];
    if (refused.code === 0 || command === undefined) throw new Error(`cdk destroy printed no command:\n${refused.output}`);
    recorder.type(command, 6);
    await emulator.aws(command.split(/\s+/).slice(1));
    recorder.type(`cdk destroy ${STACK} --force`);
    await succeed(cdk.destroy(STACK));
    const look = ['aws', 'ecr', 'describe-repositories', '--repository-names', APP];
    recorder.type(look.join(' '), 2);
    const { stderr } = await emulator.aws(look.slice(1)).then(() => { throw new Error(`${APP} still exists`); }, error => error);
    recorder.print(stderr.trim() + '\n');
    return recorder.cast('A cdk destroy that is refused, confirmed, and repeated', COLUMNS, ROWS);
  } finally {
    await emulator.stop();
  }
}
