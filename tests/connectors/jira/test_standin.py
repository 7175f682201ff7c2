"""The stand-in refuses what Jira refuses: a connector that is wrong must not look right."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import pytest

from connectors.jira.standin import JiraStandin

ADF = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": "x"}]}]}


def api(jira: JiraStandin) -> httpx.Client:
    settings = jira.settings()
    version, auth = ("3", "Basic") if jira.flavour == "cloud" else ("2", "Bearer")
    token = settings.get("pat") or base64.b64encode(f"{settings['email']}:{settings['api_token']}".encode()).decode()
    return httpx.Client(base_url=f"{jira.url}/rest/api/{version}/", headers={"Authorization": f"{auth} {token}"})


def fields(jira: JiraStandin, **changes: Any) -> dict[str, Any]:
    known = {
        "project": {"key": "APP"},
        "issuetype": {"id": "10004"},
        "summary": "S",
        "description": ADF if jira.flavour == "cloud" else "x",
    }
    return {"fields": {name: value for name, value in {**known, **changes}.items() if value is not None}}


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"summary": None}, "summary"),
    ({"summary": "x" * 255}, "summary"),
    ({"summary": "😀" * 128}, "summary"),
    ({"summary": "a\nb"}, "summary"),
    ({"summary": " "}, "summary"),
    ({"project": None}, "project"),
    ({"project": {"key": "X"}}, "project"),
    ({"issuetype": {"id": "1"}}, "issuetype"),
    ({"priority": {"id": "77"}}, "priority"),
    ({"priority": {"name": "P1"}}, "priority"),
    ({"labels": ["two words"]}, "labels"),
    ({"labels": ["x" * 256]}, "labels"),
    ({"duedate": "1.12.2026"}, "duedate"),
    ({"components": [{"id": "1"}]}, "components"),
    ({"customfield_1": "x"}, "customfield_1"),
    ({"description": {"type": "doc", "version": 1, "content": [{"type": "text", "text": ""}]}}, "description"),
    ({"description": 7}, "description"),
]


@pytest.mark.parametrize(("changes", "field"), WRONG)
def test_fields_that_jira_refuses(jira: JiraStandin, changes: dict[str, Any], field: str) -> None:
    with api(jira) as client:
        answer = client.post("issue", json=fields(jira, **changes))
        assert answer.status_code == 400
        assert list(answer.json()["errors"]) == [field]
        assert client.post("issue", json=fields(jira)).status_code == 201
    assert len(jira.effects("ticket_created")) == 1


def test_each_version_wants_its_own_text(jira: JiraStandin) -> None:
    cloud = jira.flavour == "cloud"
    with api(jira) as client:
        ref = client.post("issue", json=fields(jira)).json()["id"]
        for wrong in ("x" if cloud else ADF, "x" * 32_768):
            assert client.post("issue", json=fields(jira, description=wrong)).status_code == 400
            assert client.post(f"issue/{ref}/comment", json={"body": wrong}).status_code == 400
        assert client.post(f"issue/{ref}/comment", json={"body": ADF if cloud else "x"}).status_code == 201
        assert client.post("search", json={"jql": "id in (1)"}).status_code == (410 if cloud else 400)
        assert client.post("search/jql", json={"jql": f"id in ({ref})"}).status_code == (200 if cloud else 404)
        other = "2" if cloud else "3"
        assert client.get(f"{jira.url}/rest/api/{other}/myself").status_code == 404
        with_properties = {**fields(jira), "properties": [{"key": "a", "value": 1}]}
        assert client.post("issue", json=with_properties).status_code == (201 if cloud else 400)


def test_credentials_bodies_and_queries_are_checked(jira: JiraStandin) -> None:
    with api(jira) as client:
        assert httpx.get(f"{client.base_url}myself").status_code == 401
        assert client.get("myself", headers={"Authorization": "Bearer x"}).status_code == 401
        assert client.post("issue", json={}).json()["errorMessages"] == ["fields: missing"]
        assert client.get("mypermissions").status_code == 400
        assert client.get("issue/404").status_code == 404
        assert client.put("issue/404", json=fields(jira)).status_code == 404
        link = {"type": {"name": "Relates"}, "inwardIssue": {"id": "1"}, "outwardIssue": {"id": "2"}}
        assert client.post("issueLink", json=link).status_code == 404
        assert client.post("issueLink", json={**link, "type": {"name": "Nix"}}).status_code == 404
        path = "search/jql" if jira.flavour == "cloud" else "search"
        for jql in ("order by created", "assignee = 1", "id in (4711)"):
            assert client.post(path, json={"jql": jql}).status_code == 400


@pytest.mark.parametrize("flavour", ["cloud"])
def test_search_gives_ids_only_unless_fields_are_named(jira: JiraStandin) -> None:
    with api(jira) as client:
        ref = client.post("issue", json=fields(jira, labels=["Mine"])).json()["id"]
        query = {"jql": 'labels = "mine"'}
        assert client.post("search/jql", json=query).json() == {"issues": [{"id": ref}], "isLast": True}
        (issue,) = client.post("search/jql", json={**query, "fields": ["labels"]}).json()["issues"]
        assert issue == {"id": ref, "key": "APP-1", "fields": {"labels": ["Mine"]}}
        assert client.post("issue/bulkfetch", json={"issueIdsOrKeys": []}).status_code == 400
        assert client.post("issue/bulkfetch", json={"issueIdsOrKeys": ["1"] * 101}).status_code == 400
        assert client.post("comment/list", json={"ids": []}).status_code == 400


def test_people_move_tickets_only_where_they_exist(jira: JiraStandin) -> None:
    with pytest.raises(KeyError):
        jira.move("APP-1")
    with api(jira) as client:
        ref = client.post("issue", json=fields(jira)).json()["id"]
        assert jira.move(ref, "Done") == 0  # nobody listens
        jira.transfer("APP-1", "OPS")
        assert client.get("issue/APP-1").json()["id"] == ref  # by its former key, as Jira does
        shown = client.get(f"issue/{ref}", params={"fields": "status,resolution"}).json()["fields"]
        assert shown["resolution"]["name"] == "Done" and shown["status"]["statusCategory"]["key"] == "done"
        jira.move(ref, "To Do")
        assert client.get(f"issue/{ref}", params={"fields": "resolution"}).json()["fields"] == {"resolution": None}
        jira.delete(ref)
        assert client.get(f"issue/{ref}").status_code == 404
