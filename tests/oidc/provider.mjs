// An identity provider that logs in whoever POST /person/<name> named last, without asking him anything. Prints its address.
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import Provider from "oidc-provider";

const PEOPLE = {
  anne: { name: "Anne Le Goff", realm_access: { roles: ["superviseur"] }, sites: ["LL"] },
  yves: { name: "Yves", realm_access: { roles: ["gaveur"] }, gaveur_id: "1" },
  sans_numero: { name: "Sans numéro", realm_access: { roles: ["gaveur"] } },
};
let person = "anne";

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const key = { ...privateKey.export({ format: "jwk" }), kid: "tests", alg: "RS256", use: "sig" };

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "gaveurs",
        client_secret: "secret & more",
        // Of this kind a client may come back to any port of this machine.
        application_type: "native",
        redirect_uris: ["http://127.0.0.1/auth/callback"],
        grant_types: ["authorization_code"],
        response_types: ["code"],
      },
    ],
    claims: { openid: ["sub"], profile: ["name", "realm_access", "sites", "gaveur_id"] },
    conformIdTokenClaims: false,
    cookies: { keys: ["tests"] },
    features: { devInteractions: { enabled: false } },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...PEOPLE[id] }) }),
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    jwks: { keys: [key] },
  });
  const answer = provider.callback();
  server.on("request", async (request, response) => {
    const [, route, name] = request.url.split("/");
    if (route === "person") {
      person = name;
      response.end();
    } else if (route === "interaction") {
      await finish(provider, request, response);
    } else {
      answer(request, response);
    }
  });
  console.log(issuer);
});

/** Logs the person in, and grants what was asked for. */
async function finish(provider, request, response) {
  const { params } = await provider.interactionDetails(request, response);
  const grant = new provider.Grant({ accountId: person, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  const result = { login: { accountId: person }, consent: { grantId: await grant.save() } };
  await provider.interactionFinished(request, response, result);
}

// Ends with the test process, which holds the other end.
process.stdin.on("end", () => process.exit()).resume();
