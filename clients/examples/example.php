#!/usr/bin/php
<?php // usage: example.php ENDPOINT PEER
[, $endpoint, $peer] = $argv;
$socket = new ZMQSocket(new ZMQContext(), ZMQ::SOCKET_REQ);
$socket->setSockOpt(ZMQ::SOCKOPT_RCVTIMEO, 7000); // more than deadline_ms: then the service is gone
$socket->setSockOpt(ZMQ::SOCKOPT_LINGER, 0);
$socket->connect($endpoint);

$ask = ['peer' => $peer, 'form' => 'list', 'deadline_ms' => 5000];
$requests = [$ask + ['op' => 'get', 'oids' => ['1.3.6.1.2.1.1.1.0', '1.3.6.1.2.1.1.3.0']],
             $ask + ['op' => 'walk', 'oids' => ['1.3.6.1.2.1.2.2.1.2']]];
foreach ($requests as $request) {
    $socket->send(msgpack_pack($request));
    $body = $socket->recv();
    $body !== false or fail('no answer from the service');
    $reply = msgpack_unpack($body);
    foreach ($reply['varbinds'] ?? [] as [$oid, $type, $value]) {
        echo "$oid = ", $value ?? 'no value', "\n";
    }
    isset($reply['error']) and fail("{$reply['error']['name']}: {$reply['error']['message']}");
    ($reply['complete'] ?? true) or fail("cut off: {$reply['stop']}");
}

function fail(string $why): never
{
    fwrite(STDERR, "$why\n");
    exit(1);
}
