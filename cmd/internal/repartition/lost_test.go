package repartition

import (
	"testing"

	"github.com/tierwatch/tierwatch/deploy/kafkatest"
)

// TestTheFoldsPositionsNeedNotBeKnown: where they are lost, with them which outputs
// exist, the fold of a second log says all of it.
func TestTheFoldsPositionsNeedNotBeKnown(t *testing.T) {
	b := bank(t, 3)
	lived(t, b, 70, false)
	b.Fold()
	b.Folded()
	b.Rest()
	was := said(t, b)
	kafka := admin(t, b)
	kafkatest.Until(t, "the group of the fold is gone", func() bool {
		_, err := kafka.DeleteGroup(t.Context(), b.Namespace.Group("fold"))
		return err == nil
	})
	now := repartitioned(t, b, quietly(4, ""))
	now.Fold()
	now.Folded()
	sameSaid(t, "a log whose fold is lost", said(t, now), was)
	opens(t, now)
}
