//! Azure and Microsoft Entra.
//!
//! Microsoft's newer keys contain a mark of four characters, at a fixed position, that names the service which issued them.

fn base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/".contains(&byte)
}

fn url_safe(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_".contains(&byte)
}

rules! {
    "azure-storage-account-key", "an Azure storage key", ["AccountKey="],
        r"AccountKey=([A-Za-z0-9+/]{86}==)", free: true,
        good: [
            "AccountKey=«<b64:86>==»",
            "DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=«<b64:86>==»;EndpointSuffix=core.windows.net",
        ],
        near: [
            "AccountKey=<b64:85>==",
            concat!("AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1", "OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="),
        ];
    "azure-shared-access-key", "an Azure shared access key", ["SharedAccessKey=", "SharedSecretValue="],
        r"Shared(?:AccessKey|SecretValue)=([A-Za-z0-9+/]{43}=|[A-Za-z0-9+/]{86}==)", free: true,
        good: [
            "Endpoint=sb://acme.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=«<b64:43>=»",
            "SharedAccessKey=«<b64:43>=»;EntityPath=hub",
        ],
        near: ["SharedAccessKey=<b64:42>=", "SharedAccessKeyName=RootManageSharedAccessKey"];
    "azure-access-key", "an Azure access key in a connection string", ["AccessKey=", "accesskey="],
        r"[Aa]ccess[Kk]ey=([A-Za-z0-9+/]{43}=|[A-Za-z0-9+/]{86}==)",
        good: [
            "Endpoint=https://acme.service.signalr.net;AccessKey=«<b64:43>=»;Version=1.0;",
            "endpoint=https://acme.communication.azure.com/;accesskey=«<b64:86>==»",
        ],
        near: ["AccessKey=<b64:42>=", "AccessKey=<b64:44>"];
    "azure-storage-key", "an Azure storage key", ["+ASt"],
        r"[A-Za-z0-9+/]{76}\+ASt[A-Za-z0-9+/]{5}[AQgw]==", back: 76, over: base64,
        good: ["<b64:76>+ASt<b64:5>A==", "<b64:76>+ASt<b64:5>w=="],
        near: ["<b64:75>+ASt<b64:5>A==", "<b64:76>+ASt<b64:5>B=="];
    "azure-batch-key", "an Azure Batch key", ["+ABa"],
        r"[A-Za-z0-9+/]{76}\+ABa[A-Za-z0-9+/]{5}[AQgw]==", back: 76, over: base64,
        good: ["<b64:76>+ABa<b64:5>A==", "<b64:76>+ABa<b64:5>g=="],
        near: ["<b64:75>+ABa<b64:5>A==", "<b64:76>+ABa<b64:4>A=="];
    "azure-cosmos-key", "an Azure Cosmos DB key", ["ACDb"],
        r"[A-Za-z0-9+/]{76}ACDb[A-Za-z0-9+/]{5}[AQgw]==", back: 76, over: base64,
        good: ["<b64:76>ACDb<b64:5>A==", "<b64:76>ACDb<b64:5>Q=="],
        near: ["<b64:75>ACDb<b64:5>A==", "<b64:76>ACDb<b64:5>E=="];
    "azure-api-management-key", "an Azure API Management key", ["APIM"],
        r"[A-Za-z0-9+/]{76}APIM[A-Za-z0-9+/]{5}[AQgw]==", back: 76, over: base64,
        good: ["<b64:76>APIM<b64:5>A==", "<b64:76>APIM<b64:5>w=="],
        near: ["<b64:75>APIM<b64:5>A==", "<b64:76>APIM<b64:4>A=="];
    "azure-messaging-key", "an Azure Event Hubs, Service Bus or Relay key", ["+AEh", "+ASb", "+ARm"],
        r"[A-Za-z0-9+/]{33}\+A(?:Eh|Sb|Rm)[A-P][A-Za-z0-9+/]{5}=", back: 33, over: base64,
        good: ["<b64:33>+AEhA<b64:5>=", "<b64:33>+ASbP<b64:5>=", "<b64:33>+ARmC<b64:5>="],
        near: ["<b64:32>+AEhA<b64:5>=", "<b64:33>+AEhQ<b64:5>=", "<b64:33>+AEhA<b64:6>"];
    "azure-iot-key", "an Azure IoT key", ["AIoT"],
        r"[A-Za-z0-9+/]{33}AIoT[A-P][A-Za-z0-9+/]{5}=", back: 33, over: base64,
        good: ["<b64:33>AIoTA<b64:5>=", "<b64:33>AIoTP<b64:5>="],
        near: ["<b64:32>AIoTA<b64:5>=", "<b64:33>AIoTQ<b64:5>=", "AIoT"];
    "azure-event-grid-key", "an Azure Event Grid key", ["AZEG"],
        r"[A-Za-z0-9+/]{33}AZEG[A-P][A-Za-z0-9+/]{5}=", back: 33, over: base64,
        good: ["<b64:33>AZEGA<b64:5>=", "<b64:33>AZEGP<b64:5>="],
        near: ["<b64:32>AZEGA<b64:5>=", "<b64:33>AZEGZ<b64:5>="];
    "azure-container-registry-key", "an Azure container registry password", ["+ACR"],
        r"[A-Za-z0-9+/]{42}\+ACR[A-Za-z0-9+/]{6}", back: 42, over: base64,
        good: ["<b64:42>+ACRA<b64:5>", "<b64:42>+ACRD<b64:5>"],
        near: ["<b64:41>+ACRA<b64:5>", "<b64:42>+ACRA<b64:6>"];
    "azure-redis-key", "an Azure cache key", ["AzCa"],
        r"[A-Za-z0-9+/]{33}AzCa[A-P][A-Za-z0-9+/]{5}=", back: 33, over: base64,
        good: ["<b64:33>AzCaA<b64:5>=", "<b64:33>AzCaP<b64:5>="],
        near: ["<b64:32>AzCaA<b64:5>=", "<b64:33>AzCaZ<b64:5>="];
    "azure-search-key", "an Azure AI Search key", ["AzSe"], r"[A-Za-z0-9]{42}AzSe[A-Za-z0-9]{6}", back: 42,
        good: ["<b62:42>AzSeA<b62:5>", "<b62:42>AzSeD<b62:5>"],
        near: ["<b62:41>AzSeA<b62:5>", "<b62:42>AzSeA<b62:6>"];
    "azure-function-key", "an Azure Functions key", ["AzFu"],
        r"[A-Za-z0-9_\-]{44}AzFu[A-Za-z0-9_\-]{6}==", back: 44, over: url_safe,
        good: ["<b64url:44>AzFu<b64url:5>A==", "<b64url:44>AzFu<b64url:5>w=="],
        near: ["<b64url:43>AzFu<b64url:5>A==", "<b64url:44>AzFu<b64url:4>A=="];
    // The common annotated key: 84 letters and digits, whatever the service.
    "azure-annotated-key", "an Azure service key", ["JQQJ99"], r"[A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{26}", back: 52,
        good: ["<b62:52>JQQJ99<b62:18>ACOG<b62:4>", "<b62:52>JQQJ99<b62:18>AZMP<b62:4>"],
        near: ["<b62:51>JQQJ99<b62:26>", "<b62:52>JQQJ99<b62:25>", "<b62:52>JQQJ99<b62:27>"];
    // Microsoft Entra: client secrets of applications, 37 or 40 characters.
    // A shared access signature without its address.
    "azure-sas-token", "a shared access signature of Azure", ["&sig="],
        r"&sig=((?:[A-Za-z0-9+/]|%2[BbFf]){43,60}(?:=|%3[Dd]))", free: true,
        good: ["sv=2022-11-02&sr=c&sig=«<b62:43>%3D»", "SAS='se=2027-01-01&sp=r&sig=«<b62:20>%2B<b62:22>%3D»'"],
        near: ["sv=2022-11-02&sr=c&sig=<b62:20>%3D", "sv=2022-11-02&sr=c&sig=$SIG"];
    "azure-client-secret", "a Microsoft Entra client secret", ["0Q~", "1Q~", "2Q~", "3Q~", "4Q~", "5Q~", "6Q~", "7Q~", "8Q~", "9Q~"],
        r"[A-Za-z0-9_.~\-]{3}(?:7Q~[A-Za-z0-9_.~\-]{31}|[0-9]Q~[A-Za-z0-9_.~\-]{34})",
        back: 3, over: |byte| byte.is_ascii_alphanumeric() || b"_.~-".contains(&byte),
        good: ["<b62:3>8Q~<b64url:34>", "<b62:3>7Q~<b64url:31>", "<b62:1>_~8Q~<b62:10>.<b62:10>~<b62:12>"],
        near: ["<b62:3>8Q~<b64url:33>", "<b62:3>8Q~<b64url:35>", "<b62:4>8Q~<b64url:34>"];
    // A shared access signature is an HMAC-SHA256 in base64.
    "azure-sas", "an Azure shared access signature", ["sig="], r"sig=((?:[A-Za-z0-9+/]|%2[BbFf]){43}(?:=|%3[Dd]))",
        good: [
            "https://acme.blob.core.windows.net/c?sv=2024-11-04&se=2026-01-01&sr=c&sp=rl&sig=«<b64:43>%3D»",
            "SharedAccessSignature=sv=2024-11-04&sig=«<b62:20>%2F<b62:10>%2B<b62:11>%3D»&se=1999999999",
            "SharedAccessSignature sr=acme&sig=«<b62:43>=»",
        ],
        near: ["?sv=1&sig=<b62:42>%3D", "config=<b62:43>%3D", "sig=<b62:43>"];
    "azure-publish-password", "a password of an Azure publish profile", ["userPWD="],
        r#"userPWD=\\?["']([A-Za-z0-9]{60})\\?["']"#,
        good: ["userPWD=\"«<b62:60>»\"", "userName='$acme' userPWD='«<b62:60>»'"],
        near: ["userPWD=\"<b62:59>\"", "userPWD=\"<b62:61>\""];
    "azure-function-address", "a key in an Azure Functions address", [".azurewebsites.net/"],
        r"\.azurewebsites\.net/[A-Za-z0-9_./\-]{1,120}\?(?:[A-Za-z0-9_=.&\-]{0,80}&)?code=([A-Za-z0-9_\-/+%]{40,90}(?:==|%3D%3D)?)",
        free: true,
        good: [
            "https://acme.azurewebsites.net/api/deploy?code=«<b64url:54>==»",
            "https://acme.azurewebsites.net/api/deploy?clientId=default&code=«<b62:56>»&x=1",
        ],
        near: ["https://acme.azurewebsites.net/api/deploy?code=200", "https://acme.azurewebsites.net/api/deploy"];
}
