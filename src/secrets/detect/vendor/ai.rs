//! AI models and the services around them.

rules! {
    // OpenAI: the letters in the middle are base64 of its name.
    "openai-key", "an OpenAI key", ["T3BlbkFJ"],
        r"sk-(?:proj-|svcacct-|admin-|service-)?[A-Za-z0-9_\-]{20,74}T3BlbkFJ[A-Za-z0-9_\-]{20,74}",
        back: 90, over: |byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte),
        good: [
            "sk-<b62:20>T3BlbkFJ<b62:20>", "sk-proj-<b64url:74>T3BlbkFJ<b64url:74>",
            "sk-admin-<b64url:58>T3BlbkFJ<b64url:58>",
        ],
        near: ["sk-<b62:20>T3BlbkFJ<b62:19>", "pk-<b62:20>T3BlbkFJ<b62:20>", "sk-proj-<b62:10>T3BlbkFJ<b62:10>"];
    "openai-project-key", "an OpenAI key", ["sk-proj-", "sk-svcacct-"], r"sk-(?:proj|svcacct)-[A-Za-z0-9_\-]{120,200}",
        good: ["sk-proj-<b64url:156>", "sk-svcacct-<b64url:150>"],
        near: ["sk-proj-<b64url:60>", "sk-proj-your-key"];
    "anthropic-key", "an Anthropic key", ["sk-ant-"],
        r"sk-ant-(?:api|admin|oat|ort|sid)[0-9]{2,3}-[A-Za-z0-9_\-]{80,120}",
        good: ["sk-ant-api03-<b64url:93>AA", "sk-ant-admin01-<b64url:93>AA", "sk-ant-oat01-<b64url:93>AA"],
        near: ["sk-ant-api03-<b64url:60>", "sk-ant-xyz03-<b64url:93>AA"];
    "huggingface-token", "a Hugging Face token", ["hf_"], r"hf_(?:[A-Za-z]{34}|oauth_[A-Za-z0-9_.\-]{60,})",
        good: ["hf_<aA:34>", "hf_oauth_<b62:120>"],
        near: ["hf_<aA:33>", "hf_<aA:35>", "hf_home_directory"];
    "huggingface-organization-token", "a Hugging Face organization token", ["api_org_"], r"api_org_[A-Za-z]{34}",
        good: ["api_org_<aA:34>", "api_org_Q<aA:33>"],
        near: ["api_org_<aA:33>", "api_org_<aA:35>"];
    "replicate-token", "a Replicate token", ["r8_"], r"r8_[A-Za-z0-9]{37}",
        good: ["r8_<b62:37>", "r8_Q<b62:36>"],
        near: ["r8_<b62:36>", "r8_<b62:38>"];
    "groq-key", "a Groq key", ["gsk_"], r"gsk_[A-Za-z0-9]{52}",
        good: ["gsk_<b62:52>", "gsk_<b62:20>WGdyb3FY<b62:24>"],
        near: ["gsk_<b62:51>", "gsk_<b62:53>"];
    "xai-key", "an xAI key", ["xai-"], r"xai-[A-Za-z0-9]{80}",
        good: ["xai-<b62:80>", "xai-Q<b62:79>"],
        near: ["xai-<b62:79>", "xai-<b62:81>"];
    "perplexity-key", "a Perplexity key", ["pplx-"], r"pplx-(?:[A-Za-z0-9]{48}|[a-f0-9]{56})",
        good: ["pplx-<b62:48>", "pplx-Q<b62:47>"],
        near: ["pplx-<b62:47>", "pplx-<b62:49>"];
    "openrouter-key", "an OpenRouter key", ["sk-or-v1-"], r"sk-or-v1-[a-f0-9]{64}",
        good: ["sk-or-v1-<hex:64>", "sk-or-v1-f<hex:63>"],
        near: ["sk-or-v1-<hex:63>", "sk-or-v1-<hex:65>"];
    "fireworks-key", "a Fireworks key", ["fw_"], r"fw_[A-Za-z0-9]{22,24}", check: super::allowlist::is_random,
        good: ["fw_<b62:24>", "fw_3<b62:21>"],
        near: ["fw_<b62:21>", "fw_<b62:25>", "fw_allowinternaltraffictoall"];
    "together-key", "a Together key", ["tgp_v1_"], r"tgp_v1_[A-Za-z0-9_\-]{43}",
        good: ["tgp_v1_<b64url:43>", "tgp_v1_<b62:43>"],
        near: ["tgp_v1_<b64url:42>", "tgp_v1_<b64url:44>"];
    "langfuse-key", "a Langfuse secret key", ["sk-lf-"], r"sk-lf-<uuid>",
        good: ["sk-lf-<uuid>", "LANGFUSE_SECRET_KEY=«sk-lf-<uuid>»"],
        near: ["pk-lf-<uuid>", "sk-lf-<hex:32>"];
    "langsmith-key", "a LangSmith key", ["lsv2_pt_", "lsv2_sk_", "ls__"],
        r"(?:lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}|ls__[0-9a-f]{32})",
        good: ["lsv2_pt_<hex:32>_<hex:10>", "lsv2_sk_<hex:32>_<hex:10>", "ls__<hex:32>"],
        near: ["lsv2_pt_<hex:32>_<hex:9>", "lsv2_pt_<hex:31>_<hex:10>"];
    "pinecone-key", "a Pinecone key", ["pcsk_"], r"pcsk_[A-Za-z0-9]{5,6}_[A-Za-z0-9]{63}",
        good: ["pcsk_<b62:6>_<b62:63>", "pcsk_<b62:5>_<b62:63>"],
        near: ["pcsk_<b62:6>_<b62:62>", "pcsk_<b62:6>_<b62:64>"];
    "cerebras-key", "a Cerebras key", ["csk-"], r"csk-[a-z0-9]{48}",
        good: ["csk-<b36:48>", "csk-q<b36:47>"],
        near: ["csk-<b36:47>", "csk-<b36:49>"];
    "nvidia-key", "an NVIDIA key", ["nvapi-"], r"nvapi-[A-Za-z0-9_\-]{60,70}",
        good: ["nvapi-<b64url:64>", "nvapi-<b62:64>"],
        near: ["nvapi-<b64url:59>", "nvapi-<b64url:71>"];
    "elevenlabs-key", "an ElevenLabs key",
        [
            "sk_0", "sk_1", "sk_2", "sk_3", "sk_4", "sk_5", "sk_6", "sk_7", "sk_8", "sk_9", "sk_a", "sk_b", "sk_c",
            "sk_d", "sk_e", "sk_f",
        ],
        r"sk_[a-f0-9]{48}",
        good: ["sk_<hex:48>", "sk_a<hex:47>"],
        near: ["sk_<hex:47>", "sk_<hex:49>", "pk_<hex:48>"];
    "tavily-key", "a Tavily key", ["tvly-"], r"tvly-(?:dev-|prod-)?[A-Za-z0-9]{32}",
        good: ["tvly-<b62:32>", "tvly-dev-<b62:32>"],
        near: ["tvly-<b62:31>", "tvly-<b62:33>"];
    "jina-key", "a Jina key", ["jina_"], r"jina_[A-Za-z0-9]{32}[A-Za-z0-9_\-]{28}",
        good: ["jina_<hex:32><b64url:28>", "jina_<b62:60>"],
        near: ["jina_<b62:59>", "jina_<b62:61>"];
    "voyage-key", "a Voyage AI key", ["pa-"], r"pa-[A-Za-z0-9_\-]{43}", check: super::allowlist::is_random,
        good: ["pa-<b62:43>", "pa-<b62:21>_<b62:21>"],
        near: ["pa-<b62:42>", "pa-<b62:44>"];
    "firecrawl-key", "a Firecrawl key", ["fc-"], r"fc-[a-f0-9]{32}",
        good: ["fc-<hex:32>", "fc-f<hex:31>"],
        near: ["fc-<hex:31>", "fc-<hex:33>"];
    "e2b-key", "an E2B key", ["e2b_"], r"e2b_[a-f0-9]{40}",
        good: ["e2b_<hex:40>", "e2b_f<hex:39>"],
        near: ["e2b_<hex:39>", "e2b_<hex:41>"];
    "llamacloud-key", "a LlamaCloud key", ["llx-"], r"llx-[A-Za-z0-9_\-]{48}",
        good: ["llx-<b62:48>", "llx-Q<b62:47>"],
        near: ["llx-<b62:47>", "llx-<b62:49>"];
    "weights-and-biases-key", "a Weights & Biases key", ["wandb_v1_"], r"wandb_v1_[A-Za-z0-9_]{60,90}",
        good: ["wandb_v1_<b62:77>", "wandb_v1_<b62:40>_<b62:36>"],
        near: ["wandb_v1_<b62:50>", "wandb_version"];
    "helicone-key", "a Helicone key", ["sk-helicone-"], r"sk-helicone-[a-z0-9]{7}-[a-z0-9]{7}-[a-z0-9]{7}-[a-z0-9]{7}",
        good: ["sk-helicone-<b36:7>-<b36:7>-<b36:7>-<b36:7>", "sk-helicone-a<b36:6>-<b36:7>-<b36:7>-<b36:7>"],
        near: ["sk-helicone-<b36:7>-<b36:7>-<b36:7>", "pk-helicone-<b36:7>-<b36:7>-<b36:7>-<b36:7>"];
    "runpod-key", "a RunPod key", ["rpa_"], r"rpa_[A-Z0-9]{40}[A-Za-z0-9]{6}",
        good: ["rpa_<B36:40><b36:6>", "rpa_<B36:46>"],
        near: ["rpa_<B36:45>", "rpa_<B36:47>"];
    "modal-token", "a Modal token secret", ["as-"], r"as-[A-Za-z0-9]{22}", check: super::allowlist::is_random,
        good: ["as-<b62:22>", "as-Q<b62:21>"],
        near: ["as-<b62:21>", "as-<b62:23>", "ak-<b62:22>"];
    "browserbase-key", "a Browserbase key", ["bb_live_", "bb_test_"], r"bb_(?:live|test)_[A-Za-z0-9_\-]{27}",
        good: ["bb_live_<b64url:27>", "bb_test_<b64url:27>"],
        near: ["bb_live_<b64url:26>", "bb_live_<b64url:28>"];
    "daytona-key", "a Daytona key", ["dtn_"], r"dtn_[a-f0-9]{64}",
        good: ["dtn_<hex:64>", "dtn_f<hex:63>"],
        near: ["dtn_<hex:63>", "dtn_<hex:65>"];
    "cursor-key", "a Cursor key", ["crsr_"], r"crsr_[a-f0-9]{64}",
        good: ["crsr_<hex:64>", "crsr_f<hex:63>"],
        near: ["crsr_<hex:63>", "crsr_<hex:65>"];
    "friendli-token", "a Friendli token", ["flp_"], r"flp_[A-Za-z0-9]{46,54}",
        good: ["flp_<b62:46>", "flp_<b62:50>"],
        near: ["flp_<b62:45>", "flp_<b62:55>"];
}
