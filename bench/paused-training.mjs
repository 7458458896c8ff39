/** A training that goes on for as many steps as it is allowed, and waits in between. */
export class PausedTraining {
  #allowed = 0;
  #taken = null;
  #goOn;

  /** @param start called with callbacks for the trainer; returns what begins the training */
  constructor(start) {
    const pause = () => this.#pause();
    this.#goOn = start([{ onTrainBegin: pause, onStepEnd: pause }]);
  }

  async take(steps) {
    this.#allowed = steps;
    const taken = new Promise((resolve) => {
      this.#taken = resolve;
    });
    this.#goOn();
    await taken;
  }

  async #pause() {
    if (this.#allowed === 0) {
      this.#taken();
      await new Promise((resolve) => {
        this.#goOn = resolve;
      });
    }
    this.#allowed -= 1;
  }
}
