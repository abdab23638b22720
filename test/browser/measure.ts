import type { OpenedReport } from './opened-report';

/** Measures the speed of the report on this machine. A slow report does not fail the check. */
export async function measure(report: OpenedReport, images: number): Promise<string> {
  const { ready, steps } = await report.page.evaluate(async () => {
    const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
    const slider = document.getElementById('slider') as HTMLInputElement;
    const measured = new Array<number>();
    const days = Math.min(60, Number(slider.max));
    for (let day = 1; day <= days; day++) {
      await new Promise(resolve => { requestAnimationFrame(resolve); });
      const started = performance.now();
      slider.valueAsNumber = day;
      slider.dispatchEvent(new Event('input', { bubbles: true }));
      // a task that is queued during the frame runs after the frame was drawn
      await new Promise(resolve => {
        requestAnimationFrame(() => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = resolve;
          port2.postMessage(0);
        });
      });
      measured.push(performance.now() - started);
    }
    slider.valueAsNumber = 0;
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    return { ready: navigation.domContentLoadedEventEnd, steps: measured.sort((one, other) => one - other) };
  });
  const at = (share: number) => Math.round(steps[Math.floor((steps.length - 1) * share)]);
  return `${images} images: interactive after ${Math.round(ready)} ms; a step of the slider takes ${at(0.5)} ms, at most ${at(1)} ms,`
    + ' waiting for the frame included';
}
