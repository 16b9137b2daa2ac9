// A certified OpenID Connect provider with one client, which must use PKCE: node provider.mjs PORT REDIRECT_URI SECRET
import { Provider } from "oidc-provider";

const [port, redirect, secret] = process.argv.slice(2);
const provider = new Provider(`http://localhost:${port}`, {
  clients: [{ client_id: "portal", client_secret: secret, redirect_uris: [redirect] }],
  pkce: { required: () => true },
});
provider.listen(Number(port), "127.0.0.1");
