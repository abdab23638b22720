import { relative } from 'node:path';
import { built, PROJECT } from './built';
import { Language } from './language';

const MODULE = 'github.com/cdk-ecr-keeper/cdk-ecr-keeper-go/cdkecrkeeper';

export const GO: Language = {
  name: 'Go',
  example: 'go',
  gettingStarted: 'go run ./getting-started',
  tools: [{ command: ['go', 'version'], install: 'go, 1.25 or newer' }],
  async install({ run }) {
    const folder = built('go', /^cdkecrkeeper$/);
    await run('go', ['mod', 'edit', '-replace', `${MODULE}=${folder}`]);
    await run('go', ['mod', 'tidy']);
    await run('go', ['vet', `${MODULE}/...`, './...']);
    return { what: relative(PROJECT, folder) };
  },
};
