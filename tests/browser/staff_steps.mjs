// What a member of staff does in the console, one step each.

export const OWNER = { name: "Olga Prado", email: "olga@example.com", password: "a long owner's password" };

/** Opens the one-time link and fills in its form. Where it leads is for the caller to see. */
export async function setUp(page, shop) {
  await page.goto(shop.ownerLink);
  await page.getByLabel("Your name").fill(OWNER.name);
  await page.getByLabel("Email").fill(OWNER.email);
  await page.getByLabel("Password").fill(OWNER.password);
  await page.getByRole("button", { name: "Create the owner" }).click();
}

/** Creates the owner, who is signed in then. */
export async function becomeOwner(page, shop) {
  await Promise.all([page.waitForURL("**/admin"), setUp(page, shop)]);
}

/** Fills in the sign-in form. Where it leads is for the caller to see. */
export async function signIn(page, password) {
  await page.getByLabel("Email").fill(OWNER.email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Signs out. */
export async function signOut(page) {
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL("**/admin/sign-in");
  await page.getByText("You are signed out.").waitFor();
}

/** Finds an order by its number and opens it. */
export async function openOrder(page, number) {
  await page.goto("/admin/orders");
  await page.getByLabel("Number or email").fill(number);
  await page.getByRole("button", { name: "Show" }).click();
  await page.getByRole("link", { name: number, exact: true }).click();
  await page.getByRole("heading", { name: `Order ${number}` }).waitFor();
}

/** Puts all that is left of the order into a parcel. */
export async function shipOrder(page) {
  await page.getByRole("button", { name: "Ship this parcel" }).click();
  await page.getByRole("status").getByText(/go(es)? into a parcel/).waitFor();
}

/** Opens the refund form, fills it in and confirms it. */
export async function refund(page, amount, reason) {
  await page.locator("details.action summary", { hasText: "Refund" }).click();
  await page.locator("#f-refund-amount").fill(amount);
  await page.locator("#f-refund-reason").fill(reason);
  await confirm(page, "Refund");
}

/** Presses a button that asks once more, and says yes. */
export async function confirm(page, name) {
  await page.locator("details[open]").getByRole("button", { name, exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name, exact: true }).click();
  await dialog.waitFor({ state: "hidden" });
}

/** Adjusts the level that the form is filled in for. */
export async function adjust(page, quantity) {
  await page.locator("#adjust-quantity").fill(quantity);
  await page.locator("#adjust-reason").selectOption("Found");
  await page.getByRole("button", { name: "Adjust" }).click();
}

/** Saves a product under another title. */
export async function saveAs(page, title) {
  await page.getByLabel("Title").fill(title);
  await page.getByRole("button", { name: "Save" }).click();
}

/** Drops files on an element; a picture is a square in the colour that its name begins with. */
export async function dropFiles(target, files) {
  await target.evaluate(async (element, named) => {
    const dataTransfer = new DataTransfer();
    for (const [name, type] of named) {
      const canvas = Object.assign(document.createElement("canvas"), { width: 400, height: 400 });
      const pen = canvas.getContext("2d");
      pen.fillStyle = name.split(".")[0];
      pen.fillRect(0, 0, 400, 400);
      const picture = await new Promise((done) => canvas.toBlob(done, "image/png"));
      dataTransfer.items.add(new File([type === "image/png" ? picture : "words"], name, { type }));
    }
    for (const kind of ["dragover", "drop"]) {
      element.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
    }
  }, files);
}
