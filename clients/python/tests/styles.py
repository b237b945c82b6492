"""The three styles behind one face, so that each test is run in all of them.

`call` returns what a call or an iterator came to, `start` lets it run meanwhile. Nothing waits for
longer than PATIENCE.
"""

import asyncio
import concurrent.futures
import threading

import gevent

import zsnmp.aio
import zsnmp.green
from zsnmp._operations import WalkEnd

PATIENCE = 60


class Blocking:
    name = "blocking"

    def __init__(self, endpoint, **options):
        self.client = zsnmp.Client(endpoint, **options)
        self.threads = concurrent.futures.ThreadPoolExecutor(400)

    def start(self, method, *args, into=None, at_most=None, **options):
        def run():
            return exhausted(method, args, options, into, at_most)

        return self.threads.submit(run)

    def wait(self, running):
        return running.result(PATIENCE)

    def close(self):
        self.client.close()
        self.threads.shutdown()


class Asyncio:
    name = "asyncio"

    def __init__(self, endpoint, **options):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        self.client = zsnmp.aio.Client(endpoint, **options)

    def start(self, method, *args, into=None, at_most=None, **options):
        async def run():
            result = method(*args, **options) if callable(method) else method
            if not is_iterator(result):
                return await result
            items = [] if into is None else into
            async for item in result:
                items.append(item)
                if len(items) == at_most:
                    break
            return items

        return asyncio.run_coroutine_threadsafe(run(), self.loop)

    def wait(self, running):
        return running.result(PATIENCE)

    def cancel(self, running):
        running.cancel()

    def close(self):
        try:
            self.wait(self.start(self.client.close))
        finally:
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.thread.join(PATIENCE)
            self.loop.close()


class Raised:
    def __init__(self, error):
        self.error = error


class Gevent:
    name = "gevent"

    def __init__(self, endpoint, **options):
        self.client = zsnmp.green.Client(endpoint, **options)

    def start(self, method, *args, into=None, at_most=None, **options):
        def run():
            try:
                return exhausted(method, args, options, into, at_most)
            except Exception as error:
                return Raised(error)  # a greenlet that fails would print it

        greenlet = gevent.spawn(run)
        gevent.sleep(0)  # greenlets begin when others let them
        return greenlet

    def wait(self, running):
        result = running.get(timeout=PATIENCE)
        if isinstance(result, Raised):
            raise result.error
        return result

    def cancel(self, running):
        running.kill(block=False)

    def close(self):
        self.client.close()


def exhausted(method, args, options, into, at_most):
    """The result of a method; an iterator's items, of which those before an error are in `into`."""
    result = method(*args, **options) if callable(method) else method
    if not is_iterator(result):
        return result
    items = [] if into is None else into
    for item in result:
        items.append(item)
        if len(items) == at_most:
            break
    return items


def is_iterator(thing):
    return isinstance(thing, WalkEnd) or hasattr(thing, "__next__") or hasattr(thing, "__anext__")


def call(style, method, *args, **options):
    return style.wait(style.start(method, *args, **options))


STYLES = (Blocking, Asyncio, Gevent)
