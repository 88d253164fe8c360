//! Clouds: Amazon, Google, Alibaba, Tencent, Yandex and others. Azure has a separate file.

rules! {
    // AWS: "IAM identifiers", unique identifiers; the body is base32.
    "aws-access-key", "an AWS access key id", ["AKIA", "ASIA", "ABIA", "ACCA"], r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}",
        good: ["AKIA<B32:16>", "ASIA<B32:16>"],
        near: [
            "AKIA<B32:15>", "AKIA<B32:17>", "AIDA<B32:16>", "AROA<B32:16>", "AKIA<B32:8>0189<B32:4>",
            concat!("AKIAIOSFODNN7", "EXAMPLE"),
        ];
    "aws-presigned-url", "a presigned AWS address", ["X-Amz-Signature="], r"X-Amz-Signature=([0-9a-f]{64})", free: true,
        good: [
            "X-Amz-Signature=«<hex:64>»", "https://b.s3.amazonaws.com/k?X-Amz-Expires=60&X-Amz-Signature=«<hex:64>»",
        ],
        near: ["X-Amz-Signature=<hex:63>", "X-Amz-Signature=<hex:65>"];
    "aws-security-token", "a security token in a presigned AWS address", ["X-Amz-Security-Token="],
        r"X-Amz-Security-Token=((?:[A-Za-z0-9+/=]|%2[BbFf]|%3[Dd]){100,})", free: true, reach: 4096,
        good: [
            "X-Amz-Security-Token=«IQoJb3JpZ2luX2Vj<b62:300>»",
            "https://b.s3.amazonaws.com/k?X-Amz-Security-Token=«FwoGZXIvYXdzE%2F<b62:200>%3D%3D»",
        ],
        near: ["X-Amz-Security-Token=<b62:40>", "X-Amz-Security-Token=${token}"];
    // AWS: "Amazon Bedrock API keys"; what follows is base64 of `BedrockAPIKey-`.
    "aws-bedrock-key", "an Amazon Bedrock API key", ["ABSKQmVkcm9ja0FQSUtleS"],
        r"ABSKQmVkcm9ja0FQSUtleS[A-Za-z0-9+/]{80,250}={0,2}",
        good: ["ABSKQmVkcm9ja0FQSUtleS<b64:110>", "ABSKQmVkcm9ja0FQSUtleS<b64:109>="],
        near: ["ABSKQmVkcm9ja0FQSUtleS<b64:40>", "ABSK<b62:110>"];
    "aws-bedrock-short-term-key", "a short-term Amazon Bedrock API key",
        ["bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t"],
        r"bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t[A-Za-z0-9+/=]{60,}", reach: 4608,
        good: [
            "bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t<b62:300>",
            "bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t<b62:900>",
        ],
        near: ["bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t<b62:20>", "bedrock-api-key-rotation"];
    "aws-mws-token", "an Amazon MWS token", ["amzn.mws."], r"amzn\.mws\.<uuid>",
        good: ["amzn.mws.<uuid>", "amzn.mws.4<hex:7>-<hex:4>-<hex:4>-<hex:4>-<hex:12>"],
        near: ["amzn.mws.<hex:32>", "amzn.mws.<uuid>0"];
    "aws-appsync-key", "an AWS AppSync API key", ["da2-"], r"da2-[a-z0-9]{26}",
        good: ["da2-<b36:26>", "da2-z<b36:25>"],
        near: ["da2-<b36:25>", "da2-<b36:27>", "DA2-<b36:26>"];
    "amazon-client-secret", "a Login with Amazon client secret", ["amzn1.oa2-cs.v1."],
        r"amzn1\.oa2-cs\.v1\.[0-9a-f]{64}",
        good: ["amzn1.oa2-cs.v1.<hex:64>", "amzn1.oa2-cs.v1.f<hex:63>"],
        near: ["amzn1.oa2-cs.v1.<hex:63>", "amzn1.application-oa2-client.<hex:32>"];
    // Google: "API keys", "Using OAuth 2.0", "HMAC keys".
    "google-api-key", "a Google API key", ["AIza"], r"AIza[A-Za-z0-9_\-]{35}",
        good: ["AIza<b64url:35>", "AIzaSy<b64url:33>"],
        near: ["AIza<b64url:34>", "AIza<b64url:36>", "aiza<b64url:35>"];
    "google-auth-key", "a Google authentication key", ["AQ.Ab8"], r"AQ\.Ab8[A-Za-z0-9_\-]{43,60}",
        good: ["AQ.Ab8<b64url:47>", "AQ.Ab8RN6<b64url:44>"],
        near: ["AQ.Ab8<b64url:30>", "AQ.Ab8<b64url:61>"];
    "google-oauth-token", "a Google OAuth token", ["ya29."], r"ya29\.[A-Za-z0-9_\-.]{30,}", reach: 2300,
        good: ["ya29.<b64url:120>", "ya29.c.<b64url:300>", "ya29.a0<b64url:180>"],
        near: ["ya29.<b64url:20>", "ya28.<b64url:120>"];
    "google-refresh-token", "a Google refresh token", ["1//0"], r"1//0[A-Za-z0-9_\-]{40,160}",
        good: ["1//0<b64url:98>", "1//0g<b64url:61>"],
        near: ["1//0<b64url:20>", "1//1<b64url:98>"];
    "google-client-secret", "a Google client secret", ["GOCSPX-"], r"GOCSPX-[A-Za-z0-9_\-]{28}",
        good: ["GOCSPX-<b64url:28>", "GOCSPX-<b62:28>"],
        near: ["GOCSPX-<b64url:27>", "GOCSPX-<b64url:29>", "<d:12>-<b36:32>.apps.googleusercontent.com"];
    "google-hmac-key", "a Google Cloud Storage HMAC key id", ["GOOG1E"], r"GOOG1E[A-Z0-9]{55}",
        good: ["GOOG1E<B36:55>", "GOOG1EA<B36:54>"],
        near: ["GOOG1E<B36:54>", "GOOG1E<B36:56>"];
    "google-fcm-key", "a Firebase Cloud Messaging server key", [":APA91b"],
        r"AAAA[A-Za-z0-9_\-]{7}:APA91b[A-Za-z0-9_\-]{134}",
        back: 11, over: |byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte),
        good: ["AAAA<b64url:7>:APA91b<b64url:134>", "AAAAA<b62:6>:APA91b<b64url:134>"],
        near: ["AAAA<b64url:7>:APA91b<b64url:133>", "BAAA<b64url:7>:APA91b<b64url:134>"];
    "google-signed-url", "a signed Google Cloud Storage address", ["X-Goog-Signature="],
        r"X-Goog-Signature=([0-9a-f]{128,})", free: true, reach: 1280,
        good: ["X-Goog-Signature=«<hex:512>»", "https://storage.googleapis.com/b/o?X-Goog-Signature=«<hex:512>»"],
        near: ["X-Goog-Signature=<hex:64>", "X-Goog-Signature=<uuid>"];
    // Alibaba Cloud: "AccessKey pair".
    "alibaba-access-key", "an Alibaba Cloud access key id", ["LTAI"], r"LTAI[A-Za-z0-9]{12,20}",
        good: ["LTAI5t<b62:18>", "LTAI<b62:12>"],
        near: ["LTAI<b62:11>", "LTAI<b62:21>"];
    "tencent-secret-id", "a Tencent Cloud secret id", ["AKID"], r"AKID[A-Za-z0-9]{32}",
        good: ["AKID<b62:32>", "AKIDz<b62:31>"],
        near: ["AKID<b62:31>", "AKID<b62:33>"];
    "huawei-cloud-key", "a Huawei Cloud access key", ["HPUA"], r"HPUA[A-Z0-9]{16}",
        good: ["HPUA<B36:16>", "HPUAZ<B36:15>"],
        near: ["HPUA<B36:15>", "HPUA<B36:17>"];
    // Yandex Cloud: formats of its secrets, "Secrets found in public sources".
    "yandex-api-key", "a Yandex Cloud API key", ["AQVN"], r"AQVN[A-Za-z0-9_\-]{35,38}",
        good: ["AQVN<b64url:36>", "AQVN<b64url:35>"],
        near: ["AQVN<b64url:34>", "AQVN<b64url:39>"];
    "yandex-oauth-token", "a Yandex OAuth token", ["y0_"], r"y[0-6]_[A-Za-z0-9_\-]{53,60}",
        good: ["y0_<b64url:55>", "y0_AgAAAA<b64url:50>"],
        near: ["y0_<b64url:30>", "y0_<b64url:61>"];
    "yandex-iam-token", "a Yandex Cloud IAM token", ["t1."], r"t1\.[A-Za-z0-9_\-]{20,}={0,2}\.[A-Za-z0-9_\-]{86}={0,2}",
        good: ["t1.<b64url:160>.<b64url:86>", "t1.<b64url:90>.<b64url:86>"],
        near: ["t1.<b64url:90>.<b64url:85>", "t1.micro.<b64url:30>"];
    "yandex-storage-key", "a Yandex Cloud static access key", ["YCAJE", "YCM", "YCN", "YCO", "YCP"],
        r"(?:YCAJE[A-Za-z0-9_\-]{20}|YC[MNOP][A-Za-z0-9_\-]{37})",
        good: ["YCAJE<b64url:20>", "YCP<b64url:37>"],
        near: ["YCAJE<b64url:19>", "YCP<b64url:36>", "YCP<b64url:38>"];
    // Oracle: the address of a pre-authenticated request is a credential by itself.
    "oracle-par", "an Oracle pre-authenticated request", [".oraclecloud.com/p/"],
        r"\.oraclecloud\.com/p/([A-Za-z0-9_\-]{64})/n/", free: true,
        good: [
            "https://objectstorage.eu-frankfurt-1.oraclecloud.com/p/«<b64url:64>»/n/acme/b/c/o/",
            "objectstorage.uk-london-1.oraclecloud.com/p/«<b64url:64>»/n/acme/b/c/o/d",
        ],
        near: [
            "https://objectstorage.eu-frankfurt-1.oraclecloud.com/p/<b64url:63>/n/acme",
            "https://objectstorage.eu-frankfurt-1.oraclecloud.com/n/acme/b/c/o/",
        ];
    "ibm-cloud-key", "an IBM Cloud API key", ["ApiKey-"], r"ApiKey-<uuid>:([A-Za-z0-9_\-]{44})",
        good: ["ApiKey-<uuid>:«<b64url:44>»", "iam: ApiKey-<uuid>:«<b64url:44>»"],
        near: ["ApiKey-<uuid>", "ApiKey-<uuid>:<b64url:43>"];
    // Digital Ocean: "API tokens"; Spaces keys begin with DO00 or DO801.
    "digitalocean-token", "a DigitalOcean token", ["dop_v1_", "doo_v1_", "dor_v1_"], r"do[por]_v1_[a-f0-9]{64}",
        good: ["dop_v1_<hex:64>", "doo_v1_<hex:64>"],
        near: ["dop_v1_<hex:63>", "dop_v1_<hex:65>", "dox_v1_<hex:64>"];
    "digitalocean-spaces-key", "a DigitalOcean Spaces key", ["DO00", "DO801"], r"DO(?:00[A-Z0-9]{16}|801[A-Z0-9]{15})",
        good: ["DO00<B36:16>", "DO801<B36:15>"],
        near: ["DO00<B36:15>", "DO00<B36:17>"];
    "scaleway-access-key", "a Scaleway access key", ["SCW"], r"SCW[A-Z0-9]{17}",
        good: ["SCW<B36:17>", "SCWZ<B36:16>"],
        near: ["SCW<B36:16>", "SCW<B36:18>", "SCW_DEFAULT_ORGANIZATION"];
    "exoscale-key", "an Exoscale API key", ["EXO"], r"EXO[a-f0-9]{24}",
        good: ["EXO<hex:24>", "EXOa<hex:23>"],
        near: ["EXO<hex:23>", "EXO<hex:25>"];
    "upcloud-token", "an UpCloud token", ["ucat_"], r"ucat_[A-Z0-9]{26}",
        good: ["ucat_<B36:26>", "ucat_01<B36:24>"],
        near: ["ucat_<B36:25>", "ucat_<B36:27>"];
    "backblaze-key", "a Backblaze B2 application key", ["K001", "K002", "K003", "K004", "K005"],
        r"K00[1-5][A-Za-z0-9+/]{27}",
        good: ["K001<b64:27>", "K005<b64:27>"],
        near: ["K001<b64:26>", "K001<b64:28>"];
    "akamai-token", "an Akamai EdgeGrid token", ["akab-"], r"akab-[a-z0-9]{16}-[a-z0-9]{16}",
        good: ["akab-<b36:16>-<b36:16>", "akab-h<b36:15>-<b36:16>"],
        near: ["akab-<b36:15>-<b36:16>", "akab-<b36:16>.luna.akamaiapis.net"];
    // Cloudflare: "Token formats" and the origin CA key.
    "cloudflare-token", "a Cloudflare API token", ["cfk_", "cfut_", "cfat_"], r"cf(?:k|ut|at)_[A-Za-z0-9_\-]{44,56}",
        good: ["cfut_<b62:48>", "cfk_<b62:40><hex:8>", "cfat_<b62:46>"],
        near: ["cfut_<b62:40>", "cfut_<b62:57>", "cfxt_<b62:48>"];
    "cloudflare-origin-ca-key", "a Cloudflare origin CA key", ["v1.0-"], r"v1\.0-[a-f0-9]{24}-[a-f0-9]{146}",
        good: ["v1.0-<hex:24>-<hex:146>", "v1.0-e<hex:23>-<hex:146>"],
        near: ["v1.0-<hex:24>-<hex:145>", "v1.0-beta"];
    "openshift-token", "an OpenShift token", ["sha256~"], r"sha256~[A-Za-z0-9_\-]{43}",
        good: ["sha256~<b64url:43>", "sha256~<b62:43>"],
        near: ["sha256~<b64url:42>", "sha256~<b64url:44>", "sha256:<hex:64>", "nginx@sha256:<hex:64>"];
    "rancher-token", "a Rancher token", ["token-", "kubeconfig-"],
        r"(?:token|kubeconfig(?:-u|-user)?)-[a-z0-9]{5,12}(?:\.c-[a-z0-9\-]{1,12})?:[a-z0-9]{54}",
        good: ["token-<b36:5>:<b36:54>", "kubeconfig-user-<b36:5>:<b36:54>"],
        near: ["token-<b36:5>:<b36:53>", "token-bucket-filter", "token-<b36:5>"];
    "kubeadm-token", "a Kubernetes bootstrap token", ["--token", "kubeadm join"],
        r"(?:kubeadm join [A-Za-z0-9_.:\-]{3,80} )?--token[ =]([a-z0-9]{6}\.[a-z0-9]{16})", free: true,
        good: [
            "kubeadm join 10.0.0.1:6443 --token «<b36:6>.<b36:16>» --discovery-token-ca-cert-hash sha256:<hex:64>",
            "kubeadm init --token «<b36:6>.<b36:16>»",
        ],
        near: ["kubeadm init --token <b36:6>.<b36:15>", "--token $TOKEN"];
    "docker-swarm-token", "a Docker Swarm token", ["SWMTKN-1-", "SWMTKN-2-", "SWMKEY-1-"],
        r"SWM(?:TKN-(?:1|2-1)-[a-z0-9]{50}-[a-z0-9]{25}|KEY-1-[A-Za-z0-9+/]{43})",
        good: ["SWMTKN-1-<b36:50>-<b36:25>", "SWMKEY-1-<b64:43>"],
        near: ["SWMTKN-1-<b36:50>-<b36:24>", "SWMKEY-1-<b64:42>", "SWMTKN-1-<b36:49>-<b36:25>"];
}
