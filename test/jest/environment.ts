import { setFlagsFromString } from 'node:v8';
import vm from 'node:vm';
import { TestEnvironment } from 'jest-environment-node';

// V8 collects the whole heap for each 64 MB of buffers, however large the heap is. In a worker that has run a hundred files, this takes
// two thirds of the time of tests of layers. With this flag, buffers count toward the same limit as the heap. Node.js 24 has it.
if (Number.parseInt(process.versions.node) >= 24) setFlagsFromString('--external-memory-accounted-in-global-limit');

/**
 * Jest's environment for Node.js, with fast access to globals. Jest passes each read of a global (`Array`, `Object`, `Error`) through an
 * interceptor of the context and a Proxy. This takes a microsecond, which is a third of the time of tests that mostly compute. In this
 * environment, each test file has its own ordinary global object. https://nodejs.org/api/vm.html#vmconstantsdont_contextify
 */
export default class OrdinaryGlobals extends TestEnvironment {
  constructor(...args: ConstructorParameters<typeof TestEnvironment>) {
    const { createContext } = vm;
    // undefined before Node.js 20.18, where only the Proxy is avoided
    vm.createContext = () => createContext(vm.constants.DONT_CONTEXTIFY);
    try {
      super(...args);
    } finally {
      vm.createContext = createContext;
    }
  }
}
