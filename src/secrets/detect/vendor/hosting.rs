//! Hosting of software and its data: platforms, databases, functions.

rules! {
    // Heroku: "OAuth", token formats.
    "heroku-token", "a Heroku token", ["HRKU-"], r"HRKU-(?:[A-Za-z0-9_\-]{60}|<uuid>)",
        good: ["HRKU-AA<b64url:58>", "HRKU-<uuid>"],
        near: ["HRKU-<b64url:57>", "HRKU-<hex:32>"];
    // Fly.io: access tokens, and macaroons with their discharges.
    "fly-token", "a Fly.io token", ["fo1_", "fm1_", "fm1a_", "fm1r_", "fm2_"],
        r"(?:fo1_[A-Za-z0-9_\-]{43}|fm(?:1[ar]?|2)_[A-Za-z0-9+/_\-]{80,}={0,3})", reach: 2048,
        good: ["fo1_<b64url:43>", "fm1r_<b64:300>", "fm2_<b64:500>=="],
        near: ["fo1_<b64url:42>", "fo1_<b64url:44>", "fm2_<b64:20>"];
    "netlify-token", "a Netlify token", ["nfp_", "nfc_", "nfo_", "nfb_", "nfu_"], r"nf[pcobu]_[A-Za-z0-9]{36}",
        good: ["nfp_<b62:36>", "nfc_<b62:36>"],
        near: ["nfp_<b62:35>", "nfp_<b62:37>", "nfx_<b62:36>"];
    "netlify-build-hook", "a Netlify build hook", ["api.netlify.com/build_hooks/"],
        r"api\.netlify\.com/build_hooks/([0-9a-f]{24})",
        good: ["https://api.netlify.com/build_hooks/«<hex:24>»", "api.netlify.com/build_hooks/«<hex:24>»"],
        near: ["https://api.netlify.com/build_hooks/<hex:23>", "https://api.netlify.com/api/v1/sites/<hex:24>"];
    // Vercel: prefixes of personal, integration, app and gateway credentials.
    "vercel-token", "a Vercel token", ["vcp_", "vci_", "vca_", "vcr_", "vck_"], r"vc[piark]_[A-Za-z0-9]{24,80}",
        good: ["vcp_<b62:56>", "vck_<b62:56>"],
        near: ["vcp_<b62:23>", "vcx_<b62:56>"];
    "vercel-deploy-hook", "a Vercel deploy hook", ["api.vercel.com/v1/integrations/deploy/"],
        r"api\.vercel\.com/v1/integrations/deploy/(prj_[A-Za-z0-9]{24,40}/[A-Za-z0-9]{8,16})",
        good: [
            "https://api.vercel.com/v1/integrations/deploy/«prj_<b62:28>/<b62:10>»",
            "api.vercel.com/v1/integrations/deploy/«prj_<b62:32>/<b62:10>»",
        ],
        near: ["https://api.vercel.com/v1/integrations/deploy/prj_<b62:28>", "prj_<b62:28>"];
    "vercel-blob-token", "a Vercel Blob token", ["vercel_blob_rw_"],
        r"vercel_blob_rw_[A-Za-z0-9]{16}_[A-Za-z0-9]{20,64}",
        good: ["vercel_blob_rw_<b62:16>_<b62:30>", "vercel_blob_rw_<b62:16>_<b62:32>"],
        near: ["vercel_blob_rw_<b62:16>", "vercel_blob_rw_<b62:15>_<b62:30>"];
    "render-key", "a Render API key", ["rnd_"], r"rnd_[A-Za-z0-9]{28,32}",
        good: ["rnd_<b62:28>", "rnd_<b62:32>"],
        near: ["rnd_<b62:27>", "rnd_<b62:33>"];
    "render-deploy-hook", "a Render deploy hook", ["api.render.com/deploy/"],
        r"api\.render\.com/deploy/srv-[a-z0-9]{20}\?key=([A-Za-z0-9_\-]{11})",
        good: [
            "https://api.render.com/deploy/srv-<b36:20>?key=«<b64url:11>»",
            "api.render.com/deploy/srv-<b36:20>?key=«<b62:11>»",
        ],
        near: ["https://api.render.com/deploy/srv-<b36:20>", "https://api.render.com/deploy/srv-<b36:20>?key=<b62:10>"];
    "defined-networking-key", "a Defined Networking key", ["dnkey-"], r"dnkey-[A-Z2-7]{26}-[A-Z2-7]{52}",
        good: ["dnkey-<B32:26>-<B32:52>", "Bearer «dnkey-<B32:26>-<B32:52>»"],
        near: ["dnkey-<B32:25>-<B32:52>", "dnkey-<B32:26>"];
    "cosmo-key", "a WunderGraph Cosmo key", ["cosmo_"], r"cosmo_[0-9a-f]{32}",
        good: ["cosmo_<hex:32>", "COSMO_API_KEY=«cosmo_<hex:32>»"],
        near: ["cosmo_<hex:31>", "cosmo_router"];
    "nats-seed", "a seed of NATS (nkey)", ["SUA", "SAA", "SOA", "SNA", "SCA", "SXA"], r"S[UAONCX]A[A-Z2-7]{55}", run: 58,
        good: ["SUA<B32:55>", "nkey: «SUA<B32:55>»"],
        near: ["SUA<B32:54>", "SUA<B32:56>"];
    "ubidots-key", "a Ubidots key", ["BBFF-", "BBUS-"], r"BB(?:FF|US)-[A-Za-z0-9]{30}",
        good: ["BBFF-<b62:30>", "X-Auth-Token: «BBUS-<b62:30>»"],
        near: ["BBFF-<b62:29>", "BBFF-<b62:31>"];
    "portainer-token", "a Portainer token", ["ptr_"], r"ptr_[A-Za-z0-9+/=_\-]{40,48}",
        good: ["ptr_<b62:42>A=", "X-API-Key: «ptr_<b62:44>»"],
        near: ["ptr_<b62:20>", "ptr_to_member"];
    "supabase-token", "a Supabase access token", ["sbp_"], r"sbp_(?:oauth_|v0_)?[a-z0-9]{40}",
        good: ["sbp_<hex:40>", "sbp_oauth_<hex:40>"],
        near: ["sbp_<hex:39>", "sbp_<hex:41>"];
    "supabase-secret-key", "a Supabase secret key", ["sb_secret_"], r"sb_secret_[A-Za-z0-9_\-]{22}_[A-Za-z0-9_\-]{8}",
        good: ["sb_secret_<b62:22>_<b62:8>", "sb_secret_<b64url:22>_<b64url:8>"],
        near: ["sb_publishable_<b62:22>_<b62:8>", "sb_secret_<b62:30>", "sb_secret_<b62:22>_<b62:7>"];
    "planetscale-token", "a PlanetScale credential", ["pscale_pw_", "pscale_tkn_", "pscale_oauth_"],
        r"pscale_(?:pw|tkn|oauth)_[A-Za-z0-9_\-.=]{32,64}",
        good: ["pscale_pw_<b62:43>", "pscale_tkn_<b64url:43>"],
        near: ["pscale_pw_<b62:31>", "pscale_key_<b62:43>"];
    "neon-key", "a Neon API key", ["napi_"], r"napi_[a-z0-9]{64}",
        good: ["napi_<b36:64>", "napi_q<b36:63>"],
        near: ["napi_<b36:63>", "napi_<b36:65>"];
    "neon-password", "a password of a Neon role", ["npg_"], r"npg_[A-Za-z0-9]{12}",
        good: ["npg_<b62:12>", "npg_q<b62:11>"],
        near: ["npg_<b62:11>", "npg_<b62:13>"];
    "databricks-token", "a Databricks token", ["dapi", "dkea", "dose"],
        r"(?:dapi|dkea|dose)[a-f0-9]{32}(?:-[0-9]{1,2})?",
        good: ["dapi<hex:32>", "dapi<hex:32>-2", "dose<hex:32>"],
        near: ["dapi<hex:31>", "dapi<hex:33>", "dapi-gateway"];
    // MongoDB Atlas: "Service accounts".
    "mongodb-atlas-secret", "a MongoDB Atlas service account secret", ["mdb_sa_sk_"], r"mdb_sa_sk_[A-Za-z0-9_\-]{40}",
        good: ["mdb_sa_sk_<b64url:40>", "mdb_sa_sk_<b62:40>"],
        near: ["mdb_sa_id_<hex:24>", "mdb_sa_sk_<b62:39>", "mdb_sa_sk_<b62:41>"];
    "confluent-secret", "a Confluent API secret", ["cflt"], r"cflt[A-Za-z0-9+/]{60}",
        good: ["cflt<b64:60>", "cflt<b62:60>"],
        near: ["cflt<b64:59>", "cflt<b64:61>"];
    "aiven-password", "a password of an Aiven service", ["AVNS_"], r"AVNS_[A-Za-z0-9_\-]{19}",
        good: ["AVNS_<b64url:19>", "AVNS_<b62:19>"],
        near: ["AVNS_<b62:18>", "AVNS_<b62:20>"];
    "elastic-cloud-key", "an Elastic API key", ["essu_"], r"essu_[A-Za-z0-9+/]{40,160}={0,2}",
        good: ["essu_<b64:92>==", "essu_<b64:80>"],
        near: ["essu_<b64:39>", "ESSU_<b64:80>"];
    "snowflake-address", "a password in a Snowflake address", ["snowflake://"],
        r"snowflake://[A-Za-z0-9_.%@\-]{1,80}:([^\s:@/\x22'<>\\${}]{6,100})@[A-Za-z0-9]", free: true,
        good: [
            "snowflake://loader:«<b62:20>»@acme-eu1/db",
            "snowflake://svc_ci:«<b62:16>!<b62:4>»@xy12345.eu-west-1/db?role=ci",
        ],
        near: ["snowflake://acme-eu1/db", "snowflake://loader:${password}@acme/db"];
    "clickhouse-key", "a ClickHouse Cloud key", ["4b1d"], r"4b1d[A-Za-z0-9]{38}",
        good: ["4b1d<b62:38>", "4b1dQ<b62:37>"],
        near: ["4b1d<b62:37>", "4b1d<b62:39>"];
    "cockroachdb-key", "a CockroachDB Cloud key", ["CCDB1_"], r"CCDB1_[A-Za-z0-9]{22}_[A-Za-z0-9]{40}",
        good: ["CCDB1_<b62:22>_<b62:40>", "CCDB1_D4zlI3pmTmk5rG<b62:8>_<b62:40>"],
        near: ["CCDB1_<b62:22>_<b62:39>", "CCDB1_<b62:22>"];
    "xata-key", "a Xata API key", ["xau_"], r"xau_[A-Za-z0-9]{32,64}",
        good: ["xau_<b62:36>", "xau_<b62:33>"],
        near: ["xau_<b62:31>", "xaup_<b62:36>"];
    "fauna-secret", "a Fauna secret", ["fnAE", "fnAF", "fnED", "fnEE", "fnEF"], r"fn[AE][A-F][A-Za-z0-9_\-]{36}",
        good: ["fnAE<b64url:36>", "fnEE<b64url:36>"],
        near: ["fnAE<b64url:35>", "fnAE<b64url:37>"];
    "deno-token", "a Deno Deploy token", ["ddp_", "ddo_", "ddw_"], r"dd[pow]_[A-Za-z0-9]{36}",
        good: ["ddp_<b62:36>", "ddo_<b62:36>"],
        near: ["ddp_<b62:35>", "ddp_<b62:37>"];
    "val-town-token", "a Val Town token", ["vtwn_"], r"vtwn_[A-Za-z0-9]{22,40}",
        good: ["vtwn_<b62:24>", "vtwn_<b62:27>"],
        near: ["vtwn_<b62:21>", "vtwn_<b62:41>"];
    "cloudinary-address", "a Cloudinary address with its secret", ["cloudinary://"],
        r"cloudinary://[0-9]{12,18}:([A-Za-z0-9_\-]{22,40})@",
        good: ["cloudinary://<d:15>:«<b64url:27>»@acme", "CLOUDINARY_URL=cloudinary://<d:15>:«<b62:27>»@acme"],
        near: ["cloudinary://<d:15>@acme", "cloudinary://<d:15>:<b62:10>@acme"];
    "imagekit-key", "an ImageKit private key", ["private_"], r"private_[A-Za-z0-9+/]{27}=",
        good: ["private_<b64:27>=", "private_<b62:27>="],
        near: ["private_<b64:26>=", "private_<b64:28>=", "public_<b64:27>="];
    "turso-address", "a Turso address with its token", ["authToken=eyJ"],
        r"\?authToken=(eyJ[A-Za-z0-9_\-]{10,}\.eyJ[A-Za-z0-9_\-]{10,}\.[A-Za-z0-9_\-]{80,120})",
        back: 1, over: |byte| byte == b'?', free: true, reach: 2048,
        good: [
            "libsql://shop-acme.turso.io?authToken=«<json:8>.<claims:40>.<b64url:86>»",
            "libsql://a.turso.io?authToken=«<json:5>.<claims:60>.<b64url:86>»",
        ],
        near: ["libsql://shop-acme.turso.io?authToken=", "libsql://shop-acme.turso.io?authToken=<json:8>"];
    "ngrok-key", "an ngrok API key", ["ngrok_"], r"ngrok_[A-Za-z0-9]{27}_[A-Za-z0-9]{20,24}",
        good: ["ngrok_<b62:27>_<b62:21>", "ngrok_<b62:27>_<b62:22>"],
        near: ["ngrok_<b62:27>", "ngrok_agent_version"];
    // Tailscale: "Key prefixes".
    "tailscale-key", "a Tailscale key", ["tskey-"],
        r"tskey-(?:api|auth|client|scim|webhook)-[A-Za-z0-9]{7,24}-[A-Za-z0-9]{9,40}",
        good: ["tskey-auth-k<b62:9>CNTRL-<b62:32>", "tskey-api-<b62:12>-<b62:32>"],
        near: ["tskey-auth-<b62:12>", "tskey-xyz-<b62:12>-<b62:32>"];
    "cloudflare-tunnel-token", "a Cloudflare Tunnel token", ["eyJhIjoi"],
        r"eyJhIjoi[A-Za-z0-9+/]{100,260}={0,2}", check: super::checksum::tunnel,
        good: ["<tunnel:32>", "cloudflared tunnel run --token «<tunnel:32>»"],
        near: ["eyJhIjoi<b62:150>", "eyJhIjoi<b62:20>"];
    "apify-token", "an Apify token", ["apify_api_", "apify_proxy_"], r"apify_(?:api|proxy)_[A-Za-z0-9]{36}",
        good: ["apify_api_<b62:36>", "apify_proxy_<b62:36>"],
        near: ["apify_api_<b62:35>", "apify_api_<b62:37>"];
    "prefect-key", "a Prefect API key", ["pnu_", "pnb_"], r"pn[ub]_[A-Za-z0-9]{36}",
        good: ["pnu_<b62:36>", "pnb_<b62:36>"],
        near: ["pnu_<b62:35>", "pnu_<b62:37>"];
    "dbt-token", "a dbt Cloud token", ["dbtc_", "dbtu_"], r"dbt[cu]_[A-Za-z0-9_\-]{43}",
        good: ["dbtc_<b64url:43>", "dbtu_<b64url:43>"],
        near: ["dbtc_<b64url:42>", "dbtc_<b64url:44>"];
}
