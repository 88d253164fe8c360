//! The forms, and the keywords of each.

/// A construct that contains a secret without the name of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super::super) enum Form {
    /// `IDENTIFIED BY '…'`.
    IdentifiedBy,
    /// `host:port:database:user:password`.
    PgPass,
    /// `user:password@tcp(host)`, Go's data source name for `MySQL`.
    GoDsn,
    /// `pass:…`, of openssl.
    PassArgument,
    /// `echo … | … --password-stdin`, `chpasswd`.
    StandardInput,
    /// The same for any command that is named after a secret and reads its standard input: `gcloud secrets create x --data-file=-`.
    Piped,
    /// `jdbc:oracle:thin:user/password@…`.
    OracleThin,
    /// `ConvertTo-SecureString "…" -AsPlainText`.
    SecureString,
    /// `INSERT INTO users (…, password, …) VALUES (…)`.
    Insert,
    /// `new NetworkCredential("user", "…")`, `new DirectoryEntry(path, "user", "…")`.
    Credential,
    /// A call whose argument at this index is a password or a key: `SetBasicAuth("user", "…")`.
    Argument(usize),
    /// The key of `hmac.new(b"…", message)`; in Go it comes after the hash: `hmac.New(sha256.New, []byte("…"))`.
    HmacKey,
    /// `expect "assword:"; send "…"`.
    Sent,
    /// `user bob …` in the input of ftp.
    Ftp,
    /// `user/…@host:1521`.
    OracleHost,
    /// `[relay]:587 user:…`.
    MailRelay,
    /// `user_bob="…"` of a JAAS login module.
    Jaas,
    /// A column of a table whose header names passwords.
    Column,
}

/// The keywords of each form.
pub(in super::super::super) const KEYWORDS: &[(&str, Form)] = &[
    ("identified by", Form::IdentifiedBy),
    ("identified with", Form::IdentifiedBy),
    (":5432:", Form::PgPass),
    (":*:*:", Form::PgPass),
    ("@tcp(", Form::GoDsn),
    ("@unix(", Form::GoDsn),
    ("pass:", Form::PassArgument),
    ("password-stdin", Form::StandardInput),
    ("passwd --stdin", Form::StandardInput),
    ("chpasswd", Form::StandardInput),
    ("sudo -s", Form::StandardInput),
    ("kinit", Form::StandardInput),
    ("jdbc:oracle:", Form::OracleThin),
    ("-asplaintext", Form::SecureString),
    ("insert into", Form::Insert),
    ("networkcredential(", Form::Credential),
    ("directoryentry(", Form::Credential),
    ("setbasicauth(", Form::Argument(1)),
    ("httpbasicauth(", Form::Argument(1)),
    ("auth=(", Form::Argument(1)),
    ("auth = (", Form::Argument(1)),
    ("credentials.basic(", Form::Argument(1)),
    (").basic(", Form::Argument(1)),
    ("passwordauthentication(", Form::Argument(1)),
    ("passwordcredentials(", Form::Argument(1)),
    (".login(", Form::Argument(1)),
    ("new mysqli(", Form::Argument(2)),
    ("mysqli_connect(", Form::Argument(2)),
    ("mysql_connect(", Form::Argument(2)),
    ("new pdo(", Form::Argument(2)),
    ("dbi->connect(", Form::Argument(2)),
    ("drivermanager.getconnection(", Form::Argument(2)),
    ("jwt.sign(", Form::Argument(1)),
    ("jwt.verify(", Form::Argument(1)),
    ("jwt.encode(", Form::Argument(1)),
    ("jwt.decode(", Form::Argument(1)),
    ("createhmac(", Form::Argument(1)),
    ("hmac.new(", Form::HmacKey),
    ("crypt.crypt(", Form::Argument(0)),
    ("signwith(", Form::Argument(1)),
    ("secretkeyspec(", Form::Argument(0)),
    ("pbekeyspec(", Form::Argument(0)),
    ("ks.load(", Form::Argument(1)),
    ("keystore.load(", Form::Argument(1)),
    ("cookieparser(", Form::Argument(0)),
    ("new sequelize(", Form::Argument(2)),
    ("jedis.auth(", Form::Argument(0)),
    ("unsafeplaintext(", Form::Argument(0)),
    ("pgp_sym_decrypt(", Form::Argument(1)),
    ("pgp_sym_encrypt(", Form::Argument(1)),
    ("gh secret set", Form::StandardInput),
    ("docker secret create", Form::StandardInput),
    ("wrangler secret put", Form::StandardInput),
    ("cryptsetup", Form::StandardInput),
    ("| passwd", Form::StandardInput),
    ("| sudo passwd", Form::StandardInput),
    ("smbpasswd", Form::StandardInput),
    ("vncpasswd", Form::StandardInput),
    ("passphrase-fd", Form::StandardInput),
    ("stdin", Form::Piped),
    ("=-", Form::Piped),
    ("=@-", Form::Piped),
    ("send ", Form::Sent),
    ("sendline(", Form::Sent),
    ("ftp -n", Form::Ftp),
    ("ftp -i", Form::Ftp),
    ("ftp -v", Form::Ftp),
    (":1521", Form::OracleHost),
    ("]:587 ", Form::MailRelay),
    ("]:465 ", Form::MailRelay),
    ("]:25 ", Form::MailRelay),
    ("loginmodule required", Form::Jaas),
    ("loginmodule sufficient", Form::Jaas),
    (",password", Form::Column),
    ("password,", Form::Column),
    ("| password |", Form::Column),
];
