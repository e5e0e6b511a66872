package wire_test

import (
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"github.com/tierwatch/tierwatch/cmd/internal/config"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Each mechanism gets in with the right password and not with a wrong one.
func TestSASL(t *testing.T) {
	for mechanism, name := range map[config.Mechanism]string{
		"plain": "PLAIN", "scram-sha-256": "SCRAM-SHA-256", "scram-sha-512": "SCRAM-SHA-512",
	} {
		cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL(), kfake.Superuser(name, "tw", "swordfish"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(cluster.Close)
		for password, in := range map[string]bool{"swordfish": true, "herring": false} {
			c := config.Default().Kafka
			c.Brokers = cluster.ListenAddrs()
			c.SASL = config.SASL{Mechanism: mechanism, User: "tw", Password: config.Literal(password)}
			opts, err := wire.Kafka(c, zerolog.Nop())
			if err != nil {
				t.Fatal(err)
			}
			client, err := kgo.NewClient(append(opts, kgo.RequestRetries(0), kgo.RetryTimeout(5*time.Second))...)
			if err != nil {
				t.Fatal(err)
			}
			if err := client.Ping(t.Context()); (err == nil) != in {
				t.Errorf("%s with password %q: %v, want in: %t", mechanism, password, err, in)
			}
			client.Close()
		}
	}
}

func TestSecretsAndCertificatesAreReadAtStart(t *testing.T) {
	c := config.Default()
	c.Kafka.SASL = config.SASL{Mechanism: "plain", User: "tw", Password: config.Secret{Env: "TW_TEST_NO_SUCH"}}
	if _, err := wire.Kafka(c.Kafka, zerolog.Nop()); err == nil {
		t.Error("a password that cannot be read is no error")
	}
	c.ClickHouse.TLS = config.TLS{Enabled: true, CAFile: "kafka_test.go"}
	if _, err := wire.ClickHouse(c.ClickHouse); err == nil {
		t.Error("a file without a certificate is taken for authorities")
	}
}
