package repartition

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/tierwatch/tierwatch/deploy/kafkatest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(kafkatest.Stopping(m)) }
