package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html"
	"html/template"
	"net/url"
	"os"
	"strconv"
)

func inner(quoted string) string { return quoted[1 : len(quoted)-1] }

func main() {
	value := os.Getenv("VALUE")
	once, _ := json.Marshal(value)
	twice, _ := json.Marshal(string(once))
	var text bytes.Buffer
	xml.EscapeText(&text, []byte(value))
	for _, encoded := range []string{
		url.PathEscape(value), url.QueryEscape(value), (&url.URL{Path: "/" + value}).EscapedPath()[1:],
		url.UserPassword("u", value).String()[2:], url.QueryEscape(url.PathEscape(value)),
		inner(string(once)), string(twice)[3 : len(twice)-3],
		html.EscapeString(value), template.HTMLEscapeString(value), template.JSEscapeString(value), text.String(),
		inner(strconv.Quote(value)), inner(strconv.QuoteToASCII(value)),
		hex.EncodeToString([]byte(value)), fmt.Sprintf("% x", value), fmt.Sprintf("%X", value), fmt.Sprintf("% #x", value),
		base64.StdEncoding.EncodeToString([]byte(value)), base64.RawURLEncoding.EncodeToString([]byte(value)),
	} {
		fmt.Printf("%s\x00", encoded)
	}
}
