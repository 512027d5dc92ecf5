// Adds buttons for one more and one fewer to a number input.
customElements.define("quantity-stepper", class extends HTMLElement {
  connectedCallback() {
    const input = this.querySelector("input");
    if (this.querySelector("button")) return;
    const button = (text, label, step) => {
      const element = Souk.make("button", { type: "button", class: "icon-button", "aria-label": `${label}: ${input.ariaLabel}` }, text);
      element.addEventListener("click", () => {
        if (step > 0) input.stepUp();
        else input.stepDown();
        input.dispatchEvent(new Event("change", { bubbles: true }));
      });
      return element;
    };
    const fewer = button("−", "One fewer", -1);
    const more = button("+", "One more", 1);
    const limit = () => {
      fewer.disabled = Number(input.value) <= Number(input.min);
      more.disabled = Number(input.value) >= Number(input.max);
    };
    input.before(fewer);
    input.after(more);
    this.addEventListener("change", limit);
    limit();
  }
});
