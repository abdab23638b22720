import vm from 'node:vm';
import { TestEnvironment } from 'jest-environment-node';

/**
 * Jest's environment for Node.js, with globals that cost nothing to read. Jest passes each read of a global (`Array`, `Object`, `Error`)
 * through an interceptor of the context and a Proxy, which takes a microsecond: a third of the time of a test that computes. Here each
 * test file has an ordinary global object of its own. https://nodejs.org/api/vm.html#vmconstantsdont_contextify
 */
export default class OrdinaryGlobals extends TestEnvironment {
  constructor(...args: ConstructorParameters<typeof TestEnvironment>) {
    const { createContext } = vm;
    // undefined before Node.js 20.18, where the interceptor stays and the Proxy goes
    vm.createContext = () => createContext(vm.constants.DONT_CONTEXTIFY);
    try {
      super(...args);
    } finally {
      vm.createContext = createContext;
    }
  }
}
