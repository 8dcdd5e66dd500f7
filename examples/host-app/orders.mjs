// Stockroom's product: each customer's orders, an API for programs with a key per customer, and word of new orders to integrations.
import { createHash, randomBytes } from "node:crypto";

const keys = new Map(); // of customers, by the hash of their key
const orders = new Map(); // of customers
let last = 1000;

// enrol makes a customer's key, which Paceline is given with the call for an address and nobody else sees.
export function enrol(customer) {
  const key = `sk_${randomBytes(16).toString("hex")}`;
  keys.set(hash(key), customer);
  orders.set(customer, []);
  return key;
}

const hash = (key) => createHash("sha256").update(key).digest("hex");

export const ordersOf = (customer) => orders.get(customer);

export function place(customer) {
  const order = { id: String(++last), item: "Camp stove", quantity: 1 + (last % 3), reads: 0 };
  orders.get(customer).push(order);
  return order;
}

// api answers programs: /api/orders and /api/orders/{id}, of the customer whose key comes with the call. Another's order is not found.
export function api(q, path) {
  const customer = keys.get(hash(/^Bearer (\S+)$/.exec(q.headers.authorization ?? "")?.[1] ?? ""));
  if (!customer) return { status: 401, value: { message: "No customer has this key" } };
  if (q.method !== "GET") return { status: 405, value: { message: "Orders are only read here" } };
  const id = /^\/api\/orders\/(\d+)$/.exec(path)?.[1];
  if (path === "/api/orders") return { value: { customer, orders: orders.get(customer).map(shown) } };
  const order = orders.get(customer).find((o) => o.id === id);
  if (!order) return { status: 404, value: { message: "There is no such order" } };
  order.reads++;
  return { value: { customer, ...shown(order) } };
}

const shown = ({ id, item, quantity }) => ({ id, item, quantity });

// announce tells each running integration of the customer about an order, at the addresses of its Stockroom triggers.
export async function announce(call, order) {
  let told = 0;
  for (const cycle of await call("GET", "/cycles?pageSize=100")) {
    if (cycle.Status !== "Active") continue;
    for (const step of await call("GET", `/cycles/${cycle.Id}/steps`)) {
      if (!step.WebhookUrl || step.AccountConnector?.Name !== "Stockroom") continue;
      const answer = await fetch(step.WebhookUrl, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ id: order.id }) });
      if (answer.ok) told++;
    }
  }
  return told;
}
