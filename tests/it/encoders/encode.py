import base64, html, json, os, re, shlex, sys, urllib.parse
from xml.sax import saxutils

value = os.environ["VALUE"]
raw = value.encode()
quote = urllib.parse.quote


def html_safe(text):
    # As Django's json_script, Flask's tojson and simplejson's for_html write it.
    for character in "<>&'\u2028\u2029":
        text = text.replace(character, "\\u%04x" % ord(character))
    return text


def in_quotes(text):
    quoted = shlex.quote(text)
    return text if quoted == text else quoted[1:-1]


dumps = [json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]]
dumps += [html_safe(text) for text in dumps] + [text.replace("/", "\\/") for text in dumps]
quoted = [quote(value, safe=safe) for safe in ["", "/", "~", "/:@!$&'()*+,;=", "%", "!*'()", ";/?:@&=+$,#", " ", "\"<>"] if not (safe == "%" and "%" in value)]
quoted += [urllib.parse.quote_plus(value), "".join("%%%02x" % byte for byte in raw)]
marked = [html.escape(value), html.escape(value, quote=False), saxutils.escape(value)]
marked += [re.sub(r"[^a-zA-Z0-9]", lambda m: "&#%d;" % ord(m[0]), value), re.sub(r"[^a-zA-Z0-9]", lambda m: "&#x%x;" % ord(m[0]), value)]
marked.append(value.encode("ascii", "xmlcharrefreplace").decode() if "&" not in value else html.escape(value).encode("ascii", "xmlcharrefreplace").decode())
words = [in_quotes(value), in_quotes(in_quotes(value))]
all_once = dumps + quoted + marked + words
twice = [json.dumps(text)[1:-1] for text in all_once] + [json.dumps(text, ensure_ascii=False)[1:-1].replace("\\", "\\\\").replace('"', '\\"') for text in dumps]
twice += [quote(text, safe=safe) for text in all_once for safe in ["", "/"]] + [html.escape(text) for text in all_once]
twice += [re.sub("%[0-9A-F]{2}", lambda m: m[0].lower(), text) for text in quoted]
digits = [raw.hex(), raw.hex().upper(), raw.hex(":"), raw.hex(" "), raw.hex("-").upper(), raw.hex(" ", -2), ", ".join("0x%02x" % byte for byte in raw)]
encoded = [base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode().rstrip("="), base64.encodebytes(raw).decode().strip(), base64.b64encode(json.dumps(value, ensure_ascii=False)[1:-1].encode()).decode()]
encoded += [quote(text, safe="") for text in encoded]
representations = [repr(value)[1:-1], ascii(value)[1:-1], repr(raw)[2:-1], value.encode("unicode_escape").decode()]
for text in all_once + twice + digits + encoded + representations:
    sys.stdout.buffer.write(text.encode() + b"\0")
