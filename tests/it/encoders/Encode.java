import java.io.*;
import java.net.*;
import java.nio.charset.StandardCharsets;
import java.util.*;

class Encode {
    public static void main(String[] arguments) throws Exception {
        byte[] raw = System.getenv("VALUE").getBytes(System.getProperty("sun.jnu.encoding"));
        String value = new String(raw, StandardCharsets.UTF_8);
        Properties properties = new Properties();
        properties.setProperty("k", value);
        StringWriter stored = new StringWriter();
        properties.store(stored, null);
        String line = stored.toString().lines().filter(one -> one.startsWith("k=")).findFirst().get().substring(2);
        List<String> all = List.of(
            URLEncoder.encode(value, StandardCharsets.UTF_8),
            URLEncoder.encode(URLEncoder.encode(value, StandardCharsets.UTF_8), StandardCharsets.UTF_8),
            line,
            Base64.getEncoder().encodeToString(raw), Base64.getUrlEncoder().withoutPadding().encodeToString(raw),
            HexFormat.of().formatHex(raw), HexFormat.ofDelimiter(":").withUpperCase().formatHex(raw));
        for (String text : all) {
            System.out.write((text + "\0").getBytes(StandardCharsets.UTF_8));
        }
        System.out.flush();
    }
}
