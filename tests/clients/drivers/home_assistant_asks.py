"""Commands to a running Home Assistant over its WebSocket API.

Takes its address, a token and commands as a list in JSON; prints the results as one.
"""

import asyncio
import json
import sys

import aiohttp


async def main(url, token, commands):
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        assert (await socket.receive_json())["type"] == "auth_required"
        await socket.send_json({"type": "auth", "access_token": token})
        assert (await socket.receive_json())["type"] == "auth_ok"
        found = []
        for number, command in enumerate(commands, 1):
            await socket.send_json({"id": number, **command})
            answer = await socket.receive_json()
            assert answer["id"] == number, answer
            if not answer["success"]:
                sys.exit(f"{command}: {answer['error']}")
            found.append(answer["result"])
    print(json.dumps(found))


asyncio.run(main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3])))
