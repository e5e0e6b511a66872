package ops_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/tierwatch/tierwatch/cmd/internal/ops"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func TestReadinessFollowsTheMetrics(t *testing.T) {
	reg := prometheus.NewRegistry()
	waiting := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "waiting", Help: "x"}, []string{"partition"})
	reg.MustRegister(waiting)
	s, err := ops.Listen(t.Context(), "127.0.0.1:0", reg, false)
	if err != nil {
		t.Fatal(err)
	}
	s.Add("warehouse", ops.Zero(reg, "waiting", "waiting for ClickHouse"))
	s.Add("fold", ops.All())
	url := "http://" + s.Addr()

	if code, body := get(t, url+"/readyz"); code != http.StatusOK {
		t.Errorf("/readyz: %d %s, want 200", code, body)
	}
	waiting.WithLabelValues("1").Set(1)
	code, body := get(t, url+"/readyz")
	var reasons map[string]string
	if err := json.Unmarshal([]byte(body), &reasons); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	if code != http.StatusServiceUnavailable || reasons["warehouse"] != "waiting for ClickHouse" || reasons["fold"] != "ready" {
		t.Errorf("/readyz: %d %v, want 503 and the reason of the warehouse alone", code, reasons)
	}
	if code, _ := get(t, url+"/healthz"); code != http.StatusOK {
		t.Errorf("/healthz: %d while not ready, want 200: a restart would not help", code)
	}
	if _, body := get(t, url+"/metrics"); !strings.Contains(body, `waiting{partition="1"} 1`) {
		t.Errorf("/metrics lacks the gauge:\n%s", body)
	}
	if code, _ := get(t, url+"/debug/pprof/"); code != http.StatusNotFound {
		t.Errorf("/debug/pprof/: %d although profiles are off", code)
	}
	if err := s.Stop(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestAnAddressInUseIsSaid(t *testing.T) {
	s, err := ops.Listen(t.Context(), "127.0.0.1:0", prometheus.NewRegistry(), true)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Stop(context.Background()) }()
	if code, _ := get(t, "http://"+s.Addr()+"/debug/pprof/"); code != http.StatusOK {
		t.Errorf("/debug/pprof/: %d although profiles are on", code)
	}
	if _, err := ops.Listen(t.Context(), s.Addr(), prometheus.NewRegistry(), false); err == nil || !strings.Contains(err.Error(), "http.addr") {
		t.Errorf("error %v: want the setting named", err)
	}
}
