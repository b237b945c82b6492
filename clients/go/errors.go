package zsnmp

import (
	"context"
	"errors"
	"fmt"
)

// A Code is the number of an error. It is an error itself, so that errors.Is(err, CodeTimeout) asks for it.
type Code uint

// nameServiceLost tells the two errors of code 0 apart; the other has what ended a walk as its name.
const nameServiceLost = "service_lost"

// The codes of ZSNMP/1, and CodeServiceLost, which is the client's own.
const (
	CodeServiceLost Code = 0

	CodeTooBig              Code = 1
	CodeNoSuchName          Code = 2
	CodeBadValue            Code = 3
	CodeReadOnly            Code = 4
	CodeGenErr              Code = 5
	CodeNoAccess            Code = 6
	CodeWrongType           Code = 7
	CodeWrongLength         Code = 8
	CodeWrongEncoding       Code = 9
	CodeWrongValue          Code = 10
	CodeNoCreation          Code = 11
	CodeInconsistentValue   Code = 12
	CodeResourceUnavailable Code = 13
	CodeCommitFailed        Code = 14
	CodeUndoFailed          Code = 15
	CodeAuthorizationError  Code = 16
	CodeNotWritable         Code = 17
	CodeInconsistentName    Code = 18

	CodeTimeout     Code = 100
	CodeDeviceDown  Code = 101
	CodeUnreachable Code = 102
	CodeBadAddress  Code = 103
	CodeSendFailed  Code = 104

	CodeUnknownUser              Code = 200
	CodeWrongDigest              Code = 201
	CodeNotInTimeWindow          Code = 202
	CodeUnknownEngineID          Code = 203
	CodeDecryptionError          Code = 204
	CodeUnsupportedSecurityLevel Code = 205
	CodeUnknownContext           Code = 206
	CodeUnavailableContext       Code = 207
	CodeOtherReport              Code = 208
	CodeBadKey                   Code = 209

	CodeQueueFull    Code = 300
	CodeRateLimited  Code = 301
	CodeDeadline     Code = 302
	CodeCancelled    Code = 303
	CodeShuttingDown Code = 304
	CodeForbidden    Code = 305

	CodeBadRequest     Code = 400
	CodeUnsupported    Code = 401
	CodeTooLarge       Code = 402
	CodeUnknownProfile Code = 403
	CodeUnknownRequest Code = 404

	CodeInternal Code = 500
)

// Error makes a Code something that errors.Is can be asked about.
func (c Code) Error() string { return fmt.Sprintf("zsnmp error %d", uint(c)) }

// A Kind is what errors have in common. It is an error itself: errors.Is(err, ErrUSM).
type Kind string

// The kinds of errors, by their codes.
const (
	ErrServiceLost Kind = "the service is gone"           // 0
	ErrDevice      Kind = "the device answered an error"  // 1 to 18: error-status of RFC 3416
	ErrTransport   Kind = "failed on the way"             // 100 to 199
	ErrUSM         Kind = "refused by USM"                // 200 to 299: RFC 3414
	ErrService     Kind = "decided by the service"        // 300 to 399
	ErrRequest     Kind = "the request is wrong"          // 400 to 499
	ErrInternal    Kind = "the service failed internally" // 500 and up
	ErrWalk        Kind = "the walk was cut off"          // 0: a device's rows did not grow; Name is as Stop
)

// Error makes a Kind something that errors.Is can be asked about.
func (k Kind) Error() string { return "zsnmp: " + string(k) }

// ErrClosed is what calls on a client that was closed end with.
var ErrClosed = errors.New("zsnmp: the client is closed")

// What is known about whether a request has reached the device: Sent of an Error.
const (
	SentNo    = "no"    // no packet has gone out
	SentMaybe = "maybe" // it has, or may have, and no answer came
	SentYes   = "yes"   // the device has answered, at least once
)

// An Error is how a call failed. All errors of a client's and a device's calls are of this type.
type Error struct {
	Code      Code
	Name      string // of the code, as in "timeout"
	Message   string // for people; its words may change
	Index     int    // which OID or setting it is about, from 1; 0 where none
	Retryable bool   // the same request may succeed later, and sending it again does no harm
	Sent      string // SentNo, SentMaybe or SentYes

	// What came before the failure: Varbinds, and Stop and Next of a walk.
	Reply

	cause error // of the context that ended the call, or ErrClosed
}

func (e *Error) Error() string {
	text := "zsnmp: "
	if e.Peer != "" {
		text += e.Peer + ": "
	}
	text += e.Message
	if e.Name != "" {
		text += " (" + e.Name
		if e.Index > 0 {
			text += fmt.Sprintf(", number %d", e.Index)
		}
		text += ")"
	}
	return text
}

// Unwrap gives context.Canceled or context.DeadlineExceeded where a context ended the call, and ErrClosed
// where Close did.
func (e *Error) Unwrap() error { return e.cause }

// Is reports whether the error has the code or is of the kind that target is. A deadline is a
// context.DeadlineExceeded also where the service was the first to notice.
func (e *Error) Is(target error) bool {
	switch target := target.(type) {
	case Code:
		return target == e.Code && e.Kind() != ErrWalk
	case Kind:
		return target == e.Kind()
	}
	return e.Code == CodeDeadline && target == context.DeadlineExceeded
}

// Kind is what the error has in common with others.
func (e *Error) Kind() Kind {
	switch {
	case e.Code == CodeServiceLost && e.Name == nameServiceLost:
		return ErrServiceLost
	case e.Code == CodeServiceLost:
		return ErrWalk
	case e.Code < 100:
		return ErrDevice
	case e.Code < 200:
		return ErrTransport
	case e.Code < 300:
		return ErrUSM
	case e.Code < 400:
		return ErrService
	case e.Code < 500:
		return ErrRequest
	}
	return ErrInternal
}
