// Card data goes straight to the payment gateway, which answers with a token; the shop gets the token alone.
// Delivery rates and totals follow the address; so does what an address needs in its country.
for (const form of document.querySelectorAll("form[data-checkout]")) {
  const card = document.getElementById("card");
  const find = (selector) => form.querySelector(selector);
  const token = find("[name=payment_token]");
  const button = find("[data-pay]");
  const { number, exp, cvc, holder } = card.elements;
  const plainText = button.textContent;
  let running;

  // The card's fields are here, or the gateway's own page has them.
  const byCard = () => (find("[name=payment_method]:checked") ?? find("[name=payment_method][type=hidden]"))?.matches("[data-card-fields]") ?? true;
  const showMethod = () => {
    const here = byCard();
    find("[data-card]").hidden = !here;
    find("[data-hosted]").hidden = here;
    button.textContent = here ? button.dataset.payText : plainText;
  };

  // What was typed meanwhile stays.
  const adapt = (name, page) => {
    const field = find(`[name=${name}]`);
    if (!field) return;
    const { value } = field;
    if (!Souk.swap(`.field:has(> [name=${name}])`, page)) return;
    const next = find(`[name=${name}]`);
    if (next.matches("input")) next.value = value;
  };

  const update = async (name) => {
    running?.abort();
    const { signal } = (running = new AbortController());
    const body = new URLSearchParams(new FormData(form));
    body.set("intent", "update");
    form.ariaBusy = "true";
    try {
      const { page } = await Souk.load(form.action, { method: "POST", body, signal });
      if (!Souk.swap("#delivery", page) || !Souk.swap("#summary", page)) return location.assign("/checkout");
      for (const name of ["expected_total", "idempotency_key"]) find(`[name=${name}]`).value = page.querySelector(`[name=${name}]`).value;
      if (name === "saved") {
        Souk.swap("#address", page);
        find("[name=saved]:checked")?.focus();
      } else for (const name of ["postal_code", "region"]) adapt(name, page);
      const pay = page.querySelector("[data-pay]");
      button.disabled = pay.disabled;
      button.dataset.payText = pay.dataset.payText;
      showMethod();
      Souk.say(`Total: ${find(".totals-grand dd").textContent}`);
    } catch {
      if (signal.aborted) return;
      Souk.say("The delivery price could not be updated. Check your connection.");
    }
    form.ariaBusy = null;
  };

  const tokenise = async () => {
    const [, month, year] = exp.value.match(/^\s*(0?[1-9]|1[0-2])\s*[/ -]\s*((?:20)?\d\d)\s*$/) ?? [];
    if (!month) return { errors: { exp: "Enter the expiry date as MM/YY." } };
    const data = { number: number.value.replace(/\D/g, ""), exp_month: Number(month), exp_year: 2000 + (year % 100), cvc: cvc.value.trim(), name: holder.value.trim() };
    const response = await fetch(form.dataset.tokeniseUrl, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(data),
      signal: AbortSignal.timeout(20000),
    });
    const answer = await response.json();
    if (response.ok) return answer;
    return { errors: answer.errors ?? { form: answer.detail ?? "The card was not accepted. Nothing was charged." } };
  };

  const fault = (errors) => {
    const fields = { number, exp, exp_month: exp, exp_year: exp, cvc, name: holder };
    const wrong = Object.keys(errors).flatMap((name) => fields[name] ?? []);
    for (const field of wrong) field.ariaInvalid = "true";
    find("[data-card-error]").textContent = Object.values(errors).join(" ");
    (wrong[0] ?? button).focus();
  };

  const pay = async () => {
    if (button.ariaBusy || !card.reportValidity()) return;
    button.ariaBusy = "true";
    find("[data-card-error]").textContent = "";
    for (const field of card.elements) field.ariaInvalid = null;
    try {
      const answer = await tokenise();
      button.ariaBusy = null;
      if (answer.errors) return fault(answer.errors);
      token.value = answer.token;
      form.requestSubmit(button);
    } catch {
      button.ariaBusy = null;
      fault({ form: "The payment service cannot be reached. Nothing was charged: try again." });
    }
  };

  // Spaces and slash come by themselves while typing at the end.
  const group = ({ target, inputType }) => {
    if (inputType?.startsWith("delete") || target.selectionStart !== target.value.length) return;
    if (target === number) number.value = number.value.replace(/\D/g, "").slice(0, 19).replace(/(\d{4})(?=\d)/g, "$1 ");
    if (target === exp) exp.value = exp.value.replace(/^(\d\d)\/?(?=\d|$)/, "$1/");
  };

  showMethod();
  form.addEventListener("input", group);
  form.addEventListener("change", ({ target }) => target.name === "payment_method" && showMethod());
  form.addEventListener("change", ({ target }) => ["saved", "country", "postal_code", "region", "rate"].includes(target.name) && update(target.name));
  form.addEventListener("submit", (event) => {
    if (token.value || event.submitter?.value === "update" || !byCard()) return;
    event.preventDefault();
    pay();
  });
  // Enter in a card field.
  card.addEventListener("submit", (event) => {
    event.preventDefault();
    form.requestSubmit(button);
  });
  addEventListener("pageshow", () => {
    token.value = "";
    showMethod();
  });
}
