package clickhouse

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/schemas/topics"
)

// selfSigned is a server's certificate for 127.0.0.1 and the pool that trusts it.
func selfSigned(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "clickhouse"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}, pool
}

// TestOverTLS: schema, inserts and questions go over TLS, the engine's native port
// behind a server that ends it. Who does not trust the server gets nowhere.
func TestOverTLS(t *testing.T) {
	conn, db := emptyDatabase(t)
	cert, pool := selfSigned(t)
	p := newProxy(t, server(t).Addr())
	p.tls = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{cert}}
	p.open(t)
	k := newKafka(t)
	cfg := k.config(db)
	cfg.Conn.Addrs, cfg.Conn.TLS = []string{p.addr}, &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool}

	secured, err := Open(cfg.Conn)
	if err != nil {
		t.Fatal(err)
	}
	defer secured.Close()
	if _, err := Migrate(t.Context(), secured, db, Cluster{}); err != nil {
		t.Fatal(err)
	}
	k.put(topics.Events, 0, kgo.TryCommit, tx("a", "1", 100), tx("a", "2", 200))
	run(t, cfg)
	k.caughtUp()
	if n := count(t, conn, "SELECT count() FROM events"); n != 2 {
		t.Errorf("%d events, want 2", n)
	}

	for name, c := range map[string]*tls.Config{
		"no authority": {MinVersion: tls.VersionTLS12},
		"no TLS":       nil,
	} {
		o := cfg.Conn
		o.TLS, o.DialTimeout = c, time.Second
		b := newBatch()
		fillBatch(t, b, 1, 3)
		if err := poolOf(t, o).insert(t.Context(), b.events.insertion(db, 0, 3)); err == nil {
			t.Errorf("%s: an insert went through", name)
		}
	}
}
