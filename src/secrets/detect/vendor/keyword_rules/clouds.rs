//! Clouds and hosts whose keys are recognised only by name.

keyword_rules! {
    "aws-secret-key", "an AWS secret access key",
        ["secret_access_key", "secretaccesskey", "aws_secret_key", "aws_secret"],
        r"[A-Za-z0-9/+]{40}",
        good: [
            "AWS_SECRET_ACCESS_KEY=«<b64:40>»", "\"secretAccessKey\": \"«<b64:40>»\"",
            "export AWS_SECRET_ACCESS_KEY='«<b64:40>»'",
        ],
        near: [
            "AWS_SECRET_ACCESS_KEY=<b64:39>", "AWS_SECRET_ACCESS_KEY=<b64:41>",
            "AWS_SECRET_ACCESS_KEY=$AWS_SECRET_ACCESS_KEY", "aws_secret_access_key_sha: <hex:40>",
            concat!("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI", "/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        ];
    "alibaba-secret", "an Alibaba Cloud access key secret", ["alibaba", "aliyun", "alicloud"], r"[A-Za-z0-9]{30}",
        good: [
            "ALICLOUD_SECRET_KEY=«<b62:30>»", "\"aliyunAccessKeySecret\": \"«<b62:30>»\"",
            "export ALICLOUD_SECRET_KEY='«<b62:30>»'",
        ],
        near: [
            "ALICLOUD_SECRET_KEY=<b62:29>", "ALICLOUD_SECRET_KEY=<b62:31>", "ALICLOUD_SECRET_KEY=$ALICLOUD_SECRET_KEY",
        ];
    "tencent-secret-key", "a Tencent Cloud secret key", ["tencentcloud", "tencent_cloud", "tencent_secret"],
        r"[A-Za-z0-9]{32}",
        good: [
            "TENCENTCLOUD_SECRET_KEY=«<b62:32>»", "\"tencentcloudSecretKey\": \"«<b62:32>»\"",
            "export TENCENTCLOUD_SECRET_KEY='«<b62:32>»'",
        ],
        near: [
            "TENCENTCLOUD_SECRET_KEY=<b62:31>", "TENCENTCLOUD_SECRET_KEY=<b62:33>",
            "TENCENTCLOUD_SECRET_KEY=$TENCENTCLOUD_SECRET_KEY",
        ];
    "ibm-cloud-api-key", "an IBM Cloud API key", ["ibmcloud", "ibm_cloud", "ic_api_key", "bluemix", "watson_"],
        r"[A-Za-z0-9_\-]{44}",
        good: [
            "IBMCLOUD_API_KEY=«<b64url:44>»", "\"ibmcloudApiKey\": \"«<b64url:44>»\"",
            "export IBMCLOUD_API_KEY='«<b64url:44>»'",
        ],
        near: ["IBMCLOUD_API_KEY=<b64url:43>", "IBMCLOUD_API_KEY=<b64url:45>", "IBMCLOUD_API_KEY=$IBMCLOUD_API_KEY"];
    "linode-token", "a Linode token", ["linode"], r"[0-9a-f]{64}",
        good: ["LINODE_TOKEN=«<hex:64>»", "\"linodeToken\": \"«<hex:64>»\"", "export LINODE_TOKEN='«<hex:64>»'"],
        near: [
            "LINODE_TOKEN=<hex:63>", "LINODE_TOKEN=<hex:65>", "LINODE_TOKEN=$LINODE_TOKEN",
            "LINODE_CONFIG_SHA256=<hex:64>",
        ];
    "hetzner-token", "a Hetzner Cloud token", ["hetzner", "hcloud"], r"[A-Za-z0-9]{64}",
        good: ["HCLOUD_TOKEN=«<b62:64>»", "\"hcloudToken\": \"«<b62:64>»\"", "export HCLOUD_TOKEN='«<b62:64>»'"],
        near: ["HCLOUD_TOKEN=<b62:63>", "HCLOUD_TOKEN=<b62:65>", "HCLOUD_TOKEN=$HCLOUD_TOKEN"];
    "vultr-key", "a Vultr key", ["vultr"], r"[A-Z0-9]{36}",
        good: ["VULTR_API_KEY=«<B36:36>»", "\"vultrApiKey\": \"«<B36:36>»\"", "export VULTR_API_KEY='«<B36:36>»'"],
        near: ["VULTR_API_KEY=<B36:35>", "VULTR_API_KEY=<B36:37>", "VULTR_API_KEY=$VULTR_API_KEY"];
    "scaleway-secret", "a Scaleway secret key", ["scaleway", "scw_secret"], r"<uuid>",
        good: ["SCW_SECRET_KEY=«<uuid>»", "\"scalewaySecretKey\": \"«<uuid>»\"", "export SCW_SECRET_KEY='«<uuid>»'"],
        near: ["SCW_SECRET_KEY=<hex:31>", "SCW_SECRET_KEY=$SCW_SECRET_KEY", "SCW_DEFAULT_PROJECT_ID=<uuid>"];
    "ovh-secret", "an OVH application secret or consumer key",
        ["ovh_application_secret", "ovh_consumer_key", "ovhapplicationsecret"],
        r"[A-Za-z0-9]{32}",
        good: [
            "OVH_APPLICATION_SECRET=«<b62:32>»", "\"ovhApplicationSecret\": \"«<b62:32>»\"",
            "export OVH_APPLICATION_SECRET='«<b62:32>»'",
        ],
        near: [
            "OVH_APPLICATION_SECRET=<b62:31>", "OVH_APPLICATION_SECRET=<b62:33>",
            "OVH_APPLICATION_SECRET=$OVH_APPLICATION_SECRET",
        ];
    "azure-search-admin-key", "a key of Azure AI Search", ["azure_search", "azuresearch", "search_admin", "search_query_key"],
        r"[A-Za-z0-9]{52}",
        good: ["AZURE_SEARCH_KEY=«<b62:52>»", "azureSearchAdminKey: '«<b62:52>»'"],
        near: ["AZURE_SEARCH_KEY=<b62:51>", "AZURE_SEARCH_KEY=$AZURE_SEARCH_KEY"];
    "azure-devops-legacy-token", "an Azure DevOps personal access token", ["ado_pat", "azdo_pat", "azure_devops", "azuredevops"],
        r"[a-z2-7]{52}",
        good: ["ADO_PAT = \"«<b32:52>»\"", "AZURE_DEVOPS_EXT_PAT=«<b32:52>»"],
        near: ["ADO_PAT = \"<b32:51>\"", "AZURE_DEVOPS_EXT_PAT=$PAT"];
    "cloudflare-key", "a Cloudflare key", ["cloudflare", "cf_api", "cf-api"], r"[A-Za-z0-9_\-]{40}|[0-9a-f]{37}",
        good: [
            "CLOUDFLARE_API_TOKEN=«<b62:40>»", "\"cloudflareApiToken\": \"«<hex:37>»\"",
            "export CLOUDFLARE_API_TOKEN='«<b62:40>»'", "CLOUDFLARE_API_TOKEN: «<hex:37>»",
        ],
        near: [
            "CLOUDFLARE_API_TOKEN=<b62:39>", "CLOUDFLARE_API_TOKEN=<b62:41>",
            "CLOUDFLARE_API_TOKEN=$CLOUDFLARE_API_TOKEN", "CLOUDFLARE_ZONE_ID=<hex:32>",
        ];
    "fastly-token", "a Fastly token", ["fastly"], r"[A-Za-z0-9_\-]{32}",
        good: [
            "FASTLY_API_TOKEN=«<b64url:32>»", "\"fastlyApiToken\": \"«<b64url:32>»\"",
            "export FASTLY_API_TOKEN='«<b64url:32>»'",
        ],
        near: ["FASTLY_API_TOKEN=<b64url:31>", "FASTLY_API_TOKEN=<b64url:33>", "FASTLY_API_TOKEN=$FASTLY_API_TOKEN"];
    "heroku-key", "a Heroku API key", ["heroku"], r"<uuid>",
        good: ["HEROKU_API_KEY=«<uuid>»", "\"herokuApiKey\": \"«<uuid>»\"", "export HEROKU_API_KEY='«<uuid>»'"],
        near: [
            "HEROKU_API_KEY=<hex:31>", "HEROKU_API_KEY=$HEROKU_API_KEY", "HEROKU_APP_ID=<uuid>",
            "heroku_app_uuid: <uuid>",
        ];
    "netlify-legacy-token", "a Netlify token", ["netlify"], r"[A-Za-z0-9_\-]{43}",
        good: [
            "NETLIFY_AUTH_TOKEN=«<b64url:43>»", "\"netlifyAuthToken\": \"«<b64url:43>»\"",
            "export NETLIFY_AUTH_TOKEN='«<b64url:43>»'",
        ],
        near: [
            "NETLIFY_AUTH_TOKEN=<b64url:42>", "NETLIFY_AUTH_TOKEN=<b64url:44>",
            "NETLIFY_AUTH_TOKEN=$NETLIFY_AUTH_TOKEN",
        ];
    "vercel-legacy-token", "a Vercel token", ["vercel"], r"[A-Za-z0-9]{24}",
        good: ["VERCEL_TOKEN=«<b62:24>»", "\"vercelToken\": \"«<b62:24>»\"", "export VERCEL_TOKEN='«<b62:24>»'"],
        near: ["VERCEL_TOKEN=<b62:23>", "VERCEL_TOKEN=<b62:25>", "VERCEL_TOKEN=$VERCEL_TOKEN"];
    "railway-token", "a Railway token", ["railway_token", "railway_api", "railwaytoken"], r"<uuid>",
        good: ["RAILWAY_TOKEN=«<uuid>»", "\"railwayToken\": \"«<uuid>»\"", "export RAILWAY_TOKEN='«<uuid>»'"],
        near: ["RAILWAY_TOKEN=<hex:31>", "RAILWAY_TOKEN=$RAILWAY_TOKEN"];
    "upstash-token", "an Upstash token", ["upstash"], r"A[A-Za-z0-9_\-]{39,130}={0,2}",
        good: [
            "UPSTASH_REDIS_REST_TOKEN=«A<b62:60>»", "\"upstashRedisRestToken\": \"«A<b62:90>»\"",
            "export UPSTASH_REDIS_REST_TOKEN='«A<b62:60>»'", "UPSTASH_REDIS_REST_TOKEN: «A<b62:90>»",
        ],
        near: [
            "UPSTASH_REDIS_REST_TOKEN=A<b62:30>", "UPSTASH_REDIS_REST_TOKEN=<uuid>",
            "UPSTASH_REDIS_REST_TOKEN=$UPSTASH_REDIS_REST_TOKEN",
        ];
    "influxdb-token", "an InfluxDB token", ["influx"], r"[A-Za-z0-9_\-]{86}==",
        good: [
            "INFLUX_TOKEN=«<b64url:86>==»", "\"influxdbToken\": \"«<b64url:86>==»\"",
            "export INFLUX_TOKEN='«<b64url:86>==»'",
        ],
        near: ["INFLUX_TOKEN=<b64url:85>==", "INFLUX_TOKEN=<b64url:87>==", "INFLUX_TOKEN=$INFLUX_TOKEN"];
    "confluent-key", "a Confluent secret", ["confluent", "ccloud"], r"[A-Za-z0-9/+]{64}",
        good: [
            "CONFLUENT_CLOUD_API_SECRET=«<b64:64>»", "\"confluentApiSecret\": \"«<b64:64>»\"",
            "export CONFLUENT_CLOUD_API_SECRET='«<b64:64>»'",
        ],
        near: [
            "CONFLUENT_CLOUD_API_SECRET=<b64:63>", "CONFLUENT_CLOUD_API_SECRET=<b64:65>",
            "CONFLUENT_CLOUD_API_SECRET=$CONFLUENT_CLOUD_API_SECRET", "confluent_secret_sha256=<hex:64>",
        ];
    "openai-azure-key", "an Azure AI services key",
        ["azure_openai", "azureopenai", "ocp-apim-subscription-key", "azure_cognitive"],
        r"[0-9a-f]{32}",
        good: [
            "AZURE_OPENAI_API_KEY=«<hex:32>»", "\"Ocp-Apim-Subscription-Key\": \"«<hex:32>»\"",
            "export AZURE_OPENAI_API_KEY='«<hex:32>»'",
        ],
        near: [
            "AZURE_OPENAI_API_KEY=<hex:31>", "AZURE_OPENAI_API_KEY=<hex:33>",
            "AZURE_OPENAI_API_KEY=$AZURE_OPENAI_API_KEY",
        ];
    "hasura-admin-secret", "a Hasura admin secret", ["x-hasura-admin-secret", "hasura_graphql_admin_secret"],
        r"[A-Za-z0-9]{32,80}",
        good: [
            "HASURA_GRAPHQL_ADMIN_SECRET=«<b62:64>»", "\"x-hasura-admin-secret\": \"«<b62:64>»\"",
            "export HASURA_GRAPHQL_ADMIN_SECRET='«<b62:64>»'",
        ],
        near: [
            "HASURA_GRAPHQL_ADMIN_SECRET=<b62:31>", "HASURA_GRAPHQL_ADMIN_SECRET=<b62:81>",
            "HASURA_GRAPHQL_ADMIN_SECRET=$HASURA_GRAPHQL_ADMIN_SECRET", "x-hasura-admin-secret: myadminsecretkey",
        ];
}
