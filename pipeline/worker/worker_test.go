package worker

import (
	"testing"
)

func TestEveryRecordIsFoldedOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bank) {
		b.traffic(500, 7, 60)
		r := b.start()
		_, n := b.expect()
		b.read(n)
		b.traffic(300, 9, 40) // live, into the log it already follows
		_, n = b.expect()
		b.read(n)
		if err := r.stop(); err != nil {
			t.Fatal(err)
		}
		b.check()
	})
}

func TestRestartGoesOnWhereItStopped(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bank) {
		for range 3 {
			b.traffic(200, 7, 23)
			r := b.start()
			_, n := b.expect()
			b.read(n)
			if err := r.stop(); err != nil {
				t.Fatal(err)
			}
		}
		b.check()
	})
}
