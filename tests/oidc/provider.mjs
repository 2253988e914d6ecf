// An identity provider that logs in whoever POST /test/person/<name> named last, without asking him anything. Prints its address.
// POST /test/claims/<name> replaces what it says of a person (null: the account is closed), POST /test/answer false keeps it from
// answering requests for tokens, POST /test/tell names the server that is told of logouts.
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import Provider from "oidc-provider";

const PEOPLE = {
  anne: { name: "Anne Le Goff", realm_access: { roles: ["superviseur"] }, sites: ["LL"] },
  yves: { name: "Yves", realm_access: { roles: ["gaveur"] }, gaveur_id: "1" },
  sans_numero: { name: "Sans numéro", realm_access: { roles: ["gaveur"] } },
};
let person = "anne";
let answers = true;
let told = {};

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
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
        post_logout_redirect_uris: ["http://127.0.0.1/auth/login"],
        backchannel_logout_uri: "http://127.0.0.1/auth/backchannel-logout",
        backchannel_logout_session_required: true,
      },
    ],
    claims: { openid: ["sub"], profile: ["name", "realm_access", "sites", "gaveur_id"] },
    conformIdTokenClaims: false,
    cookies: { keys: ["tests"] },
    features: {
      backchannelLogout: { enabled: true },
      devInteractions: { enabled: false },
      rpInitiatedLogout: { logoutSource },
    },
    // The server that is told of logouts is on this machine, which the library would not reach.
    fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined }),
    findAccount: (_, id) => (PEOPLE[id] ? { accountId: id, claims: () => ({ sub: id, ...PEOPLE[id] }) } : undefined),
    issueRefreshToken: () => true,
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    jwks: { keys: [key] },
    // Who presents a refresh token a second time loses his session.
    rotateRefreshToken: true,
    ttl: { AccessToken: 3_600 },
  });
  const find = provider.Client.find.bind(provider.Client);
  provider.Client.find = async (id) => Object.assign(await find(id), told);
  const answer = provider.callback();
  server.on("request", async (request, response) => {
    const [, route, what, name] = request.url.split("/");
    if (route === "test") {
      await obey(what, name, request);
      response.writeHead(204).end();
    } else if (route === "interaction") {
      await finish(provider, request, response);
    } else if (route === "token" && !answers) {
      response.writeHead(503).end();
    } else {
      answer(request, response);
    }
  });
  console.log(issuer);
});

async function obey(what, name, request) {
  if (what === "person") {
    person = name;
    return;
  }
  let body = "";
  for await (const part of request) body += part;
  if (what === "claims") PEOPLE[name] = JSON.parse(body);
  if (what === "tell") {
    const { server, session } = JSON.parse(body);
    told = { backchannelLogoutUri: `${server}/auth/backchannel-logout`, backchannelLogoutSessionRequired: session };
  }
  if (what === "answer") answers = JSON.parse(body);
}

/** Asks whether to log out; the test says yes. */
function logoutSource(ctx, form) {
  ctx.body = form;
}

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
