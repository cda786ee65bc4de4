// A morning with the API: sign in, upload, wait, make an item, look for the like in shops. `make client` proves that
// every line fits the schema; the file is also what an app's own client may start from.
import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "./schema.js";

export type Image = components["schemas"]["Image"];
export type Item = components["schemas"]["Item"];
export type Problem = components["schemas"]["Problem"];

/** What the API answered instead: RFC 9457. */
export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(`${problem.status} ${problem.title}: ${problem.detail}`);
  }
}

/** The session token of a device. Signing in is allauth's part of the API: /_allauth/openapi.json. */
export async function signIn(baseUrl: string, email: string, password: string): Promise<string> {
  const answer = await fetch(`${baseUrl}/_allauth/app/v1/auth/login`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ email, password }),
  });
  const said = (await answer.json()) as { meta?: { session_token?: string } };
  if (!answer.ok || !said.meta?.session_token) throw new Error(`signing in: ${answer.status}`);
  return said.meta.session_token;
}

export function connect(baseUrl: string, token: string) {
  const client = createClient<paths>({ baseUrl });
  const signed: Middleware = {
    onRequest({ request }) {
      request.headers.set("X-Session-Token", token);
      return request;
    },
  };
  client.use(signed);
  return client;
}

export type Client = ReturnType<typeof connect>;

/** A retry with the same key stores nothing twice. */
export async function upload(client: Client, file: Blob, key: string): Promise<Image> {
  const { data, error } = await client.POST("/api/v1/images/", {
    params: { header: { "Idempotency-Key": key } },
    body: { file, purpose: "wardrobe" },
    bodySerializer(body) {
      const form = new FormData();
      form.set("file", body.file, "photo.jpg");
      if (body.purpose) form.set("purpose", body.purpose);
      return form;
    },
  });
  if (error) throw new Refused(error);
  return data;
}

/** Asks again when the API says so, until the garments are found. */
export async function described(client: Client, id: string): Promise<Image> {
  let etag = "";
  let held: Image | undefined;
  for (;;) {
    const { data, error, response } = await client.GET("/api/v1/images/{image_id}/", {
      params: { path: { image_id: id }, header: etag ? { "If-None-Match": etag } : {} },
    });
    if (response.status !== 304 && error) throw new Refused(error);
    held = data ?? held;
    etag = response.headers.get("ETag") ?? etag;
    if (held?.status === "ready" || held?.status === "failed") return held;
    const wait = Number(response.headers.get("Retry-After") ?? 2);
    await new Promise((resolve) => setTimeout(resolve, wait * 1000));
  }
}

export async function makeItem(client: Client, garment: string, key: string): Promise<Item> {
  const { data, error } = await client.POST("/api/v1/wardrobe/items/", {
    params: { header: { "Idempotency-Key": key } },
    body: { garment, name: "navy jacket", seasons: ["spring", "autumn"] },
  });
  if (error) throw new Refused(error);
  return data;
}

/** Changes what was seen, and nothing that changed in between: 412 then. */
export async function rename(client: Client, item: Item, etag: string, name: string): Promise<Item> {
  const { data, error } = await client.PATCH("/api/v1/wardrobe/items/{item_id}/", {
    params: { path: { item_id: item.id }, header: { "If-Match": etag } },
    body: { name },
  });
  if (error) throw new Refused(error);
  return data;
}

export async function titlesLike(client: Client, garment: string): Promise<string[]> {
  const { data, error } = await client.POST("/api/v1/search/", {
    body: { garment, target: "products", colour: "navy", in_stock: true, limit: 10 },
  });
  if (error) throw new Refused(error);
  return data.results.flatMap(({ product }) => (product ? [`${product.title}, ${product.price ?? "?"}`] : []));
}

export async function morning(baseUrl: string, email: string, password: string, photo: Blob): Promise<string[]> {
  const client = connect(baseUrl, await signIn(baseUrl, email, password));
  const image = await described(client, (await upload(client, photo, crypto.randomUUID())).id);
  const garment = image.garments[0];
  if (!garment) return [];
  await makeItem(client, garment.id, crypto.randomUUID());
  return titlesLike(client, garment.id);
}
